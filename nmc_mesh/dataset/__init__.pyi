"""The public names of data sets and their homes."""

from .engine import make_dataset as make_dataset
from .loader import DataSet as DataSet
from .pack import Shards as Shards
from .pack import pack_dataset as pack_dataset
from .plan import Plan as Plan
from .plan import parse_plan as parse_plan
from .plan import read_plan as read_plan
from .recipe import Recipe as Recipe
from .recipe import load_recipe as load_recipe
from .recipe import resolve as resolve
from .settings import Settings as Settings
from .settings import State as State
from .settings import Summary as Summary
from .verify import rebuild as rebuild
from .verify import verify_dataset as verify_dataset
