#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Tells the rrdcgi pages which devices and stations have RRD files, and removes pictures that nobody has asked for.
#   make_index.sh [SETTINGS]      SETTINGS: settings.inc of the pages, by default the one beside this script
# Run it every few minutes as the user that the web server runs the pages as.
set -eu
export LC_ALL=C # ranges such as a-z mean bytes

settings=${1:-$(dirname "$0")/settings.inc}
days_of_pictures=2

fail() {
  echo "make_index.sh: $1" >&2
  exit 1
}

setting() { # NAME: its value in the settings
  sed -n "s/^<RRD::SETVAR $1 \"\{0,1\}\([^\">]*\)\"\{0,1\}>\$/\1/p" "$settings" | tail -n 1
}

# A device's directory as a name that needs no quoting in a query, a picture's URL or a tag of rrdcgi, which turns two
# dots into underscores. No directory has a '=' in its name, so no two devices get the same name.
slug_of() {
  printf '%s\n' "$1" | sed 's/%/=/g; s/\.\./=2E=2E/g'
}

is_device() { # NAME: whether the exporter could have named a directory so
  case $1 in '' | . | .. | *[!A-Za-z0-9_.@%-]*) return 1 ;; esac
}

is_station() { # NAME: whether it is a MAC address with dashes
  case $1 in
    [0-9a-f][0-9a-f]-[0-9a-f][0-9a-f]-[0-9a-f][0-9a-f]-[0-9a-f][0-9a-f]-[0-9a-f][0-9a-f]-[0-9a-f][0-9a-f]) ;;
    *) return 1 ;;
  esac
}

replace() { # FILE: becomes what standard input has, at once, so that a page never reads half of it
  cat >"$1.new.$$" && mv -f "$1.new.$$" "$1"
}

# choose PREFIX NAME CODE: the page looks up PREFIX-NAME, and what it finds are tags that it carries out.
choose() {
  printf '<RRD::SETVAR %s-%s "%s">\n' "$1" "$2" "$3"
}

stations_of() { # DEVICE SLUG: the tags that make a page's stations
  default='' links=''
  for path in "$rrd/$1/lan_stations/"*.rrd; do
    station=${path##*/} station=${station%.rrd}
    { is_station "$station" && [ -f "$path" ]; } || continue
    code="<RRD::SETVAR station $station> <RRD::SETVAR hide ''> <RRD::SETVAR notice ''>"
    choose station "$station" "$code"
    default=${default:-$code}
    links="$links<a href='?device=$2&amp;station=$station'>$station</a>
"
  done
  choose station '' "$default"
  printf '<RRD::SETVAR station_links "%s">\n' "${links:-none yet}"
}

is_better_default() { # DEVICE CHOSEN: whether a page without a query shows DEVICE, rather than the one chosen so far
  [ "$1" = "$default_device" ] || [ -z "$2" ] || { [ "$2" = lo ] && [ "$2" != "$default_device" ]; }
}

devices() { # the tags that make the devices of all pages
  default='' default_code='' links=''
  for path in "$rrd/"*/; do
    device=${path%/} device=${device##*/}
    { is_device "$device" && [ -d "$path" ]; } || continue
    slug=$(slug_of "$device")
    mkdir -p "$cache/images/$slug"
    stations_of "$device" "$slug" | replace "$cache/stations-$slug.inc"
    code="<RRD::SETVAR device $device> <RRD::SETVAR slug $slug> <RRD::SETVAR query ?device=$slug>"
    code="$code <RRD::SETVAR rrd $rrd/$device> <RRD::SETVAR images $cache/images/$slug>"
    code="$code <RRD::SETVAR stations $cache/stations-$slug.inc> <RRD::SETVAR hide ''> <RRD::SETVAR notice ''>"
    choose choose "$slug" "$code"
    is_better_default "$device" "$default" && default=$device default_code=$code
    links="$links<a href='?device=$slug'>$device</a>
"
  done
  choose choose '' "$default_code"
  printf '<RRD::SETVAR device_links "%s">\n' "${links:-none yet}"
}

remove_old() { # pictures that are not looked at, and what belonged to devices that are gone
  find "$cache/images" -type f -name '*.png' -mtime "+$days_of_pictures" -delete
  for path in "$cache/images/"*/; do
    slug=${path%/} slug=${slug##*/}
    grep -q "^<RRD::SETVAR choose-$slug " "$cache/devices.inc" && continue
    rm -f -- "$path"*.png "$cache/stations-$slug.inc"
    rmdir -- "$path" 2>/dev/null || true
  done
}

[ -r "$settings" ] || fail "cannot read the settings $settings"
rrd=$(setting rrd_directory)
cache=$(setting cache_directory)
default_device=$(setting default_device)
for directory in "$rrd" "$cache"; do
  case $directory in
    '' | [!/]* | *[!A-Za-z0-9_./-]*)
      fail "$settings: '$directory' is not an absolute path of letters, digits and _ . - (rrd_directory, cache_directory)" ;;
  esac
done
[ -d "$rrd" ] || fail "there is no directory $rrd that this user may see (rrd_directory in $settings)"
{ [ -r "$rrd" ] && [ -x "$rrd" ]; } || fail "this user may not read $rrd: give it the exporter's group"
umask 022
mkdir -p "$cache/images"
devices | replace "$cache/devices.inc"
remove_old
