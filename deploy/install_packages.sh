#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the Debian packages that a purpose needs, if any is missing.
#   install_packages.sh build|run|test|package_deb|package_rpm
# Prints nothing on standard output. Uses sudo when it is not run as root.
set -euo pipefail

build=(
  cmake g++ make git ca-certificates pkg-config
  libc-ares-dev libcap-ng-dev libcli11-dev libcrypt-dev libgnutls28-dev libmicrohttpd-dev libpcap-dev librrd-dev
  libseccomp-dev libspdlog-dev libyaml-cpp-dev nlohmann-json3-dev prometheus-cpp-dev zlib1g-dev netbase
)
run=( # what the built program links and the databases of names that it reads
  ieee-data netbase
  libc-ares2 libc6 libcap-ng0 libcrypt1 libfmt9 libgcc-s1 libgnutls30 libmicrohttpd12 libpcap0.8
  libprometheus-cpp-core1.0 librrd8 libseccomp2 libspdlog1.10 libstdc++6 libyaml-cpp0.7 zlib1g
)
package_deb=("${build[@]}" dpkg-dev file)
package_rpm=("${build[@]}" file rpm)
test=(
  "${build[@]}" "${package_deb[@]}" "${package_rpm[@]}"
  apache2-bin busybox catch2 ccache chromium clang clang-format curl dnsmasq-base docker-compose ethtool faketime
  fcgiwrap fonts-dejavu-core ieee-data iproute2 iptraf-ng iputils-ping jsonnet libcap2-bin libclang-rt-14-dev
  lighttpd lintian mandoc media-types mmdebstrap netsniff-ng nginx-light openssl procps prometheus python3 python3-yaml
  rrdcached rrdtool runc shellcheck tcpreplay tshark victoria-metrics zsh
)

# Where these commands are there already, from elsewhere, Debian's packages would clash with theirs.
command -v kubectl >/dev/null || test+=(kubernetes-client)
command -v npm >/dev/null || test+=(npm)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  run) wanted=("${run[@]}") ;;
  package_deb) wanted=("${package_deb[@]}") ;;
  package_rpm) wanted=("${package_rpm[@]}") ;;
  test) wanted=("${test[@]}") ;;
  *)
    echo "usage: $0 build|run|test|package_deb|package_rpm" >&2
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
