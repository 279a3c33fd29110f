"""Renders the cases of template-cases.json with the original Jinja, in the environment the transformers library gives chat templates.

usage: python3 make_templates.py SHARED_FOLDER      (needs the jinja2 package; writes template-cases.json beside this file)
"""
import datetime
import json
import pathlib
import sys

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from template_sources import CASES


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def strftime_now(format):
    return datetime.datetime(2026, 3, 7, 9, 5, 4).strftime(format)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = strftime_now

here = pathlib.Path(__file__).parent
shared = pathlib.Path(sys.argv[1])
cases = []
for name, template, variables, *fails in CASES:
    text = (shared / template[len("@shared/"):]).read_text() if template.startswith("@shared/") else template
    entry = {"name": name, "template": template, "variables": variables}
    try:
        entry["expected"] = environment.from_string(text).render(**variables)
        if fails:
            sys.exit(f"{name}: no failure, but {entry['expected']!r}")
    except Exception as error:  # every failure of the original must be one of ours
        if not fails:
            sys.exit(f"{name}: {error!r}")
        entry["fails"] = fails[0]
    cases.append(entry)
names = [case["name"] for case in cases]
assert len(set(names)) == len(names), "names must differ"
(here / "template-cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")
print(len(cases), "cases")
