"""Where the plugin for ParaView lies, once installed.

ParaView has a Python of its own, which does not look where pip installs; it loads the plugins of
the folders in PV_PLUGIN_PATH when it starts.
"""

from pathlib import Path

__all__ = ["folder", "main"]


def folder():
    """Return the folder that holds the plugin and nothing else: what PV_PLUGIN_PATH wants."""
    return Path(__file__).parent / "plugins"


def main():
    """Print the folder: ``PV_PLUGIN_PATH=$(nmc-mesh-paraview) paraview``."""
    print(folder())
