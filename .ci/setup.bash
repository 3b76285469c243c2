# Sourced by ./demo and ./check: messages, and the packages of .ci/packages.txt.

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# Whether a package's job is done already: by itself, or (node, npm) by the command that it brings.
package_present() {
  case $1 in
  nodejs) command -v node >/dev/null && [ "$(node -p 'parseInt(process.versions.node)')" -ge 18 ] ;;
  npm) command -v npm >/dev/null ;;
  *) dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q '^install ok installed$' ;;
  esac
}

# packages_missing GROUP...: names, one a line.
packages_missing() {
  local group name
  while read -r group name; do
    case " $* " in
    *" $group "*) package_present "$name" || printf '%s\n' "$name" ;;
    esac
  done < <(grep -v '^#' .ci/packages.txt)
}

# packages_install GROUP...: installs what is missing, as root or through sudo.
packages_install() {
  local missing=() root=()
  mapfile -t missing < <(packages_missing "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    die "These Debian packages (or what your system calls them) are missing: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "Missing: ${missing[*]}. Install them as root, or install sudo: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  say "Installing ${missing[*]}"
  "${root[@]}" apt-get update -q
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# packages_require GROUP...: only says what is missing.
packages_require() {
  local missing=()
  mapfile -t missing < <(packages_missing "$@")
  [ ${#missing[@]} -eq 0 ] || die "Missing packages: ${missing[*]}. Run again without --no-install, or install them."
}

# tessera_build PRESET [TARGET]: configures and builds all or one target; quiet unless it fails.
tessera_build() {
  local log=build/$1.log target=${2:-all}
  mkdir -p build
  say "Building ($1) ..."
  if ! { cmake --preset "$1" && cmake --build --preset "$1" -j "$(nproc)" --target "$target"; } >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    die "The build failed; the whole of it is in $log"
  fi
}
