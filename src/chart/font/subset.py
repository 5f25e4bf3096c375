"""Makes chart-font.ttf: DejaVu Sans Condensed 2.37 with the characters that names of runs are mostly made of.

    pip install fonttools==4.60.1
    python subset.py DejaVuSansCondensed.ttf      # of the release 2.37: https://dejavu-fonts.github.io/

The same input gives the same bytes. Hints, kerning and ligatures are left out: they would double the size.
"""

import hashlib
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = "2d8aa290adcf1ebcbb35f63e57cf32941b012eaab4b65096b904112cf3bac972"
RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x017F), (0x01A0, 0x01A1), (0x01AF, 0x01B0), (0x0218, 0x021B),  # Latin
    (0x1EA0, 0x1EF9),  # Vietnamese
    (0x0386, 0x03CE), (0x0400, 0x045F), (0x0490, 0x0491),  # Greek, Cyrillic
    (0x2010, 0x2026), (0x2030, 0x2033), (0x2039, 0x203A), (0x2070, 0x2089),  # punctuation, small digits
]
SINGLE = "€₽№™←↑→↓↔⇒∂∆∇∈−√∞∫≈≠≤≥∑∏∥□■▲▼◆○●★✓✗"


def main(source: pathlib.Path) -> None:
    if hashlib.sha256(source.read_bytes()).hexdigest() != SOURCE:
        sys.exit(f"{source} is not DejaVu Sans Condensed 2.37")
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 3, 5, 13, 14]
    options.notdef_outline = True
    options.glyph_names = False
    options.legacy_kern = False
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "kern", "gasp", "post", "OS/2"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes={c for low, high in RANGES for c in range(low, high + 1)} | {ord(c) for c in SINGLE})
    cutter.subset(font)
    target = pathlib.Path(__file__).with_name("chart-font.ttf")
    font.save(target)
    print(f"{target.name}: {target.stat().st_size} bytes, {font['maxp'].numGlyphs} glyphs")


main(pathlib.Path(sys.argv[1]))
