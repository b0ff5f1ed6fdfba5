"""All recipes by family."""

from __future__ import annotations

from tests.inference_worker.families import recipes
from tests.inference_worker.families.latest_recipes import LATEST
from tests.inference_worker.families.more_recipes import MORE
from tests.inference_worker.families.newest_recipes import NEWEST
from tests.inference_worker.families.older_recipes import OLDER
from tests.inference_worker.families.recipes import FamilyRecipe
from tests.inference_worker.families.youngest_recipes import YOUNGEST

RECIPES: dict[str, FamilyRecipe] = {
    **recipes.RECIPES,
    **MORE,
    **OLDER,
    **YOUNGEST,
    **LATEST,
    **NEWEST,
}
