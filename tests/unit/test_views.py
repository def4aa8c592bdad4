"""What views may not say: Odoo reads it otherwise than it looks."""

import re
from pathlib import Path

import pytest

ADDONS = Path(__file__).parents[2] / "addons"
VIEWS = sorted(path for folder in ("views", "wizards", "data", "report") for path in ADDONS.glob(f"*/{folder}/*.xml"))
WIDTH = re.compile(r'<(?:field|button)\b[^>]*?\swidth="([^"]*)"', re.S)
STYLES = sorted(ADDONS.glob("*/static/src/**/*.scss"))
# The pages of the web client: light or dark, their ground and their text are Odoo's.
GROUND = re.compile(r"(?:^|[;{\s])(?:background(?:-color)?|color|border(?:-color)?):\s*(#[0-9a-fA-F]{3,8})\b")


def test_there_are_views():
    assert len(VIEWS) > 40 and STYLES


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_a_column_s_width_is_in_pixels(path):
    """Odoo takes the number alone: 11rem would be 11 pixels."""
    assert [width for width in WIDTH.findall(path.read_text()) if not re.fullmatch(r"\d+px", width)] == []


@pytest.mark.parametrize("path", STYLES, ids=lambda path: f"{path.parts[-4]}/{path.name}")
def test_no_page_paints_its_ground_or_text_in_a_fixed_colour(path):
    """Only bars have colours of their own (``o_msp_age_…``); all else follows the page, so that dark reads well."""
    lines = [line for line in path.read_text().splitlines() if "o_msp_age_" not in line and "--msp-" not in line]
    assert GROUND.findall("\n".join(lines)) == []
