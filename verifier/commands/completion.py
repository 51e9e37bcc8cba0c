"""`verifier completion`: a script by which a shell completes commands, options and ids."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from verifier.statements import STATEMENTS

SCRIPT = """# completes `verifier`; put into ~/.{shell}rc: eval "$(verifier completion {shell})"
{before}_verifier() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" last="${{COMP_WORDS[COMP_CWORD-1]}}" words=
  case "${{COMP_WORDS[1]}} $last" in
{values}  esac
  if [ -z "$words" ]; then
    case "${{COMP_WORDS[1]}}" in
{options}    esac
  fi
  [ "$COMP_CWORD" -eq 1 ] && words="{commands}"
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _verifier verifier
"""
BEFORE = {"bash": "", "zsh": "autoload -U +X bashcompinit && bashcompinit\n"}


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "completion", help="print what makes a shell complete commands, options and ids"
    )
    parser.add_argument("shell", choices=tuple(BEFORE))
    parser.set_defaults(run_command=partial(run, commands))


def run(commands: Any, arguments: argparse.Namespace) -> int:
    """Print the script, from what the commands have declared."""
    parsers: dict[str, argparse.ArgumentParser] = commands.choices
    options, values = [], []
    for name, parser in parsers.items():
        actions = parser._actions
        words = [option for action in actions for option in action.option_strings]
        if any(action.dest in ("statement", "statements") for action in actions):
            words += STATEMENTS
        options.append(f'      {name}) words="{" ".join(words)}" ;;\n')
        for action in actions:
            if action.choices is not None and action.option_strings:
                chosen = " ".join(map(str, action.choices))
                pattern = "|".join(f'"{name} {option}"' for option in action.option_strings)
                values.append(f'    {pattern}) words="{chosen}" ;;\n')
    shell = arguments.shell
    told = {"options": "".join(options), "values": "".join(values), "commands": " ".join(parsers)}
    print(SCRIPT.format(shell=shell, before=BEFORE[shell], **told), end="")
    return 0
