# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# bash completion of iptraf_exporter. What it offers comes from the program's own --help.

_iptraf_exporter_flags() { # COMMAND...: "--name" or "--name=VALUE", one to a line
  "$@" --help 2>/dev/null | sed -n \
    -e 's/^  --\[no-\]\([^ ]*\).*/--\1\n--no-\1/p' \
    -e 's/^  \(-[a-z], \)\{0,1\}\(--[a-z][^ ]*\).*/\2/p'
}

_iptraf_exporter_values() { # FLAG KIND CURRENT: what may follow FLAG=
  case $1 in
    --capture.interface) compgen -W "auto all $(ls /sys/class/net 2>/dev/null)" -- "$3" ;;
    --user) compgen -u -- "$3" ;;
    *)
      case $2 in
        FILE* | DIR | LOG) compgen -f -- "$3" ;;
        *[a-z]\|*) compgen -W "${2//|/ }" -- "$3" ;;
      esac
      ;;
  esac
}

_iptraf_exporter_kind() { # FLAG FLAGS: what stands behind FLAG= in FLAGS
  local known
  while read -r known; do
    if [[ $known == "$1="* ]]; then echo "${known#*=}"; fi
  done <<<"$2"
}

_iptraf_exporter() {
  COMPREPLY=()
  local program=${COMP_WORDS[0]} line=${COMP_LINE:0:COMP_POINT} previous=${COMP_WORDS[COMP_CWORD - 1]-}
  local current flag="" value="" kind flags
  local command=("$program")
  [ "${COMP_WORDS[1]-}" = import ] && [ "$COMP_CWORD" -gt 1 ] && command+=(import)
  current=${line##*[[:space:]]}
  flags=$(_iptraf_exporter_flags "${command[@]}")
  if [[ $current == --*=* ]]; then
    flag=${current%%=*} value=${current#*=}
  elif [[ $previous == --* && $current != -* ]]; then
    flag=$previous value=$current
  fi
  kind=$(_iptraf_exporter_kind "$flag" "$flags")
  if [ -n "$kind" ]; then
    mapfile -t COMPREPLY < <(_iptraf_exporter_values "$flag" "$kind" "$value")
    compopt -o filenames 2>/dev/null
  else
    mapfile -t COMPREPLY < <(compgen -W "$(while read -r flag; do echo "${flag/=*/=}"; done <<<"$flags")" -- "$current")
    [ "$COMP_CWORD" -eq 1 ] && mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W import -- "$current")
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
  fi
  return 0
}

complete -F _iptraf_exporter iptraf_exporter
