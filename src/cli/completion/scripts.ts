/** The completion of each shell. All of them ask `cab completion SHELL -- WORD…`, which prints a candidate a line. */

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A line in place of a candidate: file names may stand here too. */
export const filesLine = ':files';

/** A line of the answer is a word, a tab, and a few words on it. */
export const scripts: Readonly<Record<Shell, string>> = {
  // bash ends words at = and : as well, and replaces only what stands after them.
  bash: `# cab completion for bash. In ~/.bashrc: source <(cab completion bash)
_cab() {
  local typed="\${COMP_LINE:0:COMP_POINT}" current="\${COMP_WORDS[COMP_CWORD]}" word before value
  local -a words
  read -ra words <<< "$typed"
  [[ $typed == *[[:space:]] ]] && words+=('')
  word="\${words[\${#words[@]}-1]}"
  [[ $current == [=:] ]] && current=''
  before="\${word%"$current"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    if [[ $value == '${filesLine}' ]]; then
      compopt -o default
    else
      printf -v value '%q' "\${value#"$before"}"
      COMPREPLY+=("$value")
    fi
  done < <("\${words[0]}" completion bash -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _cab cab
`,
  zsh: `#compdef cab
# cab completion for zsh. In ~/.zshrc, after compinit: source <(cab completion zsh)
_cab() {
  local -a found
  local line files
  for line in "\${(@f)$("\${words[1]}" completion zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == '${filesLine}' ]]; then
      files=1
    elif [[ -n $line ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( $#found )) && _describe -V cab found
  [[ -n $files ]] && _files
}
if [[ $funcstack[1] == _cab ]]; then _cab "$@"; else compdef _cab cab; fi
`,
  fish: `# cab completion for fish. In ~/.config/fish/config.fish: cab completion fish | source
function __cab_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (command $words[1] completion fish -- $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = '${filesLine}'
            __fish_complete_path "$current"
        else
            printf '%s\\n' $line
        end
    end
end
complete -c cab -f -a '(__cab_complete)'
`,
};
