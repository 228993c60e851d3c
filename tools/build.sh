# shellcheck shell=bash
# Sourced by the commands of this repository: messages, quiet steps, and building one CMake preset.
#
# Needs: `root`, the repository's top folder, set by the script that sources this file.

log_folder="$root/build/log"

# Compiler results are shared between checkouts: paths below the checkout are hashed relative to it.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

# say WORD...: one line for people, on stderr, so that the output of the work itself stays clean.
say() { printf '%s\n' "$*" >&2; }

# die WORD...: says why and ends the script with status 1.
die() {
  say "$(basename "$0"): $*"
  exit 1
}

# print_help FILE: the comment block below the first line of a script is its manual.
print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$1"; }

# quietly NAME COMMAND...: runs the command with its output in a log; shows the end of it only on failure.
quietly() {
  local name=$1 log="$log_folder/$1.log" status=0
  shift
  mkdir -p "$log_folder"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 60 "$log" >&2
    say "$name failed (status $status); the whole log: ${log#"$root"/}"
  fi
  return "$status"
}

# build_preset PRESET [TARGET...]: configures and builds, silent when all is well.
build_preset() {
  local preset=$1
  shift
  local -a targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  (
    cd "$root"
    quietly "configure-$preset" cmake --preset "$preset" &&
      quietly "build-$preset" cmake --build --preset "$preset" -j "$(nproc)" "${targets[@]}"
  )
}
