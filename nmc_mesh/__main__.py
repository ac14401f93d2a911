"""``python -m nmc_mesh`` is ``nmc-mesh``."""

from nmc_mesh.cli.main import main

if __name__ == "__main__":
    main()
