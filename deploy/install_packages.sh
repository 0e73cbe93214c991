#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the Debian packages that a purpose needs, if any is missing.
#   install_packages.sh build|test|package_deb|package_rpm
# Prints nothing on standard output. Uses sudo when it is not run as root.
set -euo pipefail

build=(
  cmake g++ make git ca-certificates pkg-config
  libc-ares-dev libcli11-dev libcrypt-dev libgnutls28-dev libmicrohttpd-dev libpcap-dev librrd-dev libspdlog-dev
  libyaml-cpp-dev nlohmann-json3-dev prometheus-cpp-dev zlib1g-dev netbase
)
package_deb=("${build[@]}" dpkg-dev file)
package_rpm=("${build[@]}" file rpm)
test=(
  "${build[@]}" "${package_deb[@]}" "${package_rpm[@]}"
  apache2-bin catch2 chromium clang-format curl dnsmasq-base ethtool faketime fcgiwrap fonts-dejavu-core ieee-data
  iproute2 iptraf-ng iputils-ping libcap2-bin lighttpd lintian mandoc media-types mmdebstrap netsniff-ng nginx-light
  openssl procps prometheus python3 rrdcached rrdtool shellcheck tcpreplay tshark zsh
)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  package_deb) wanted=("${package_deb[@]}") ;;
  package_rpm) wanted=("${package_rpm[@]}") ;;
  test) wanted=("${test[@]}") ;;
  *)
    echo "usage: $0 build|test|package_deb|package_rpm" >&2
    exit 1
    ;;
esac

missing=()
for package in "${wanted[@]}"; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
    missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "$0: these packages are missing: ${missing[*]}; install them as root, or install sudo" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "installing packages: ${missing[*]}" >&2
{
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
} >&2
