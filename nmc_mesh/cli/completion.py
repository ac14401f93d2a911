"""The command ``completion``: what a shell needs to complete commands and options."""

from __future__ import annotations

import click

from nmc_mesh.cli.options import common

_VARIABLE = "_NMC_MESH_COMPLETE"
"""By which a shell asks this program, see click's documentation on shell completion."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@common
@click.pass_context
def completion(context: click.Context, shell: str, quiet: bool) -> None:
    """Print what makes SHELL complete the commands and options of nmc-mesh.

    \b
    eval "$(nmc-mesh completion bash)"                 in ~/.bashrc
    eval "$(nmc-mesh completion zsh)"                  in ~/.zshrc
    nmc-mesh completion fish  > ~/.config/fish/completions/nmc-mesh.fish

    bash of version 4.4 or newer is needed.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(context.find_root().command, {}, "nmc-mesh", _VARIABLE)
    click.echo(script.source_template % script.source_vars())
