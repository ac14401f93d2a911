"""``python -m nmc_mesh_moose``."""

import sys

from nmc_mesh_moose.command import main

sys.exit(main())
