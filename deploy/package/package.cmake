# SPDX-License-Identifier: GPL-2.0-or-later
# Packages by CPack, of a build with the prefix /usr: deploy/build_packages.sh.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME iptraf-exporter)
set(CPACK_PACKAGE_CONTACT "The developers of iptraf_exporter <iptraf-exporter@lists.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "IPTraf's facilities as Prometheus metrics")
set(CPACK_PACKAGE_DESCRIPTION
    "Captures packets on network interfaces, or reads capture files, and counts
what IPTraf showed on a terminal: traffic by interface, by packet size, by TCP
and UDP port and by LAN station, TCP connections, other protocols. Prometheus
scrapes the counts; round-robin databases, pages for rrdcgi, Grafana
dashboards and alert rules are included.")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                                WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, libcap2-bin")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ieee-data, netbase")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "logrotate, prometheus, rrdcached, rrdtool")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_CURRENT_LIST_DIR}/debian/postinst ${CMAKE_CURRENT_LIST_DIR}/debian/prerm
    ${CMAKE_CURRENT_LIST_DIR}/debian/postrm ${CMAKE_CURRENT_LIST_DIR}/debian/conffiles)

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE GPL-2.0-or-later)
set(CPACK_RPM_PACKAGE_GROUP "System Environment/Daemons")
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _build_id_links none")
set(CPACK_RPM_PACKAGE_REQUIRES_PRE shadow-utils)
set(CPACK_RPM_PRE_INSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm/pre.sh)
set(CPACK_RPM_POST_INSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm/post.sh)
set(CPACK_RPM_PRE_UNINSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm/preun.sh)
set(CPACK_RPM_POST_UNINSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm/postun.sh)
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
    /etc /etc/default /etc/logrotate.d /usr/lib/systemd /usr/lib/systemd/system /usr/share/man /usr/share/man/man5
    /usr/share/man/man8 /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/zsh
    /usr/share/zsh/vendor-completions)
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/debian/conffiles IPTRAF_CONFFILES)
set(CPACK_RPM_USER_FILELIST
    "%attr(0750, root, iptraf_exporter) %caps(cap_net_raw=p) ${CMAKE_INSTALL_FULL_BINDIR}/iptraf_exporter")
foreach(file IN LISTS IPTRAF_CONFFILES)
  list(APPEND CPACK_RPM_USER_FILELIST "%config(noreplace) ${file}")
endforeach()

if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  install(FILES package/iptraf_exporter.default DESTINATION /etc/default RENAME iptraf_exporter)
  install(FILES package/iptraf_exporter.logrotate DESTINATION /etc/logrotate.d RENAME iptraf_exporter)
  install(FILES package/debian/copyright DESTINATION ${IPTRAF_DOCDIR})
  # Of the latest commit where there is one, so that the same source makes the same package.
  execute_process(COMMAND git log -1 --format=%cD WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
                  OUTPUT_VARIABLE IPTRAF_RELEASE_DATE OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT IPTRAF_RELEASE_DATE)
    string(TIMESTAMP IPTRAF_RELEASE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
  endif()
  configure_file(package/debian/changelog.in changelog @ONLY)
  install_compressed(${CMAKE_CURRENT_BINARY_DIR}/changelog ${IPTRAF_DOCDIR})
endif()
include(CPack)
