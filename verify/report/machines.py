"""The findings for machines: JUnit XML, a shields badge, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from xml.etree import ElementTree

from verify.finding import Verdict
from verify.report.markup import xml_text
from verify.report.model import ResultLike, is_control, verdict_word
from verify.report.view import Row, counts


def junit(results: Sequence[ResultLike]) -> str:
    """Return JUnit XML: a suite per study, a case per finding; violated fails, inconclusive is skipped."""
    root = ElementTree.Element("testsuites", name="boundcheck")
    for result in results:
        verdicts = [entry.finding.verdict for entry in result.findings]
        tally = {"tests": len(verdicts), "failures": verdicts.count(Verdict.VIOLATED), "errors": 0}
        tally["skipped"] = verdicts.count(Verdict.INCONCLUSIVE)
        attributes = {"name": xml_text(result.study.name), **{key: str(count) for key, count in tally.items()}}
        suite = ElementTree.SubElement(root, "testsuite", attributes)
        for entry in result.findings:
            name = xml_text(f"{entry.claim_id}: {entry.claim.statement}")
            case = ElementTree.SubElement(
                suite, "testcase", classname=xml_text(result.study.name.replace("/", ".")), name=name
            )
            kind = {Verdict.VIOLATED: "failure", Verdict.INCONCLUSIVE: "skipped"}.get(entry.finding.verdict)
            if kind:
                ElementTree.SubElement(case, kind, message=xml_text(entry.finding.evidence))
            else:
                ElementTree.SubElement(case, "system-out").text = xml_text(entry.finding.evidence)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def badge(rows: Sequence[Row]) -> str:
    """Return a shields endpoint: how many claims hold, red where one is violated or a control is not refuted."""
    claims, controls = counts(rows, controls=False), counts(rows, controls=True)
    both = claims + controls
    open_ = both[Verdict.INCONCLUSIVE]
    colour = "red" if both[Verdict.VIOLATED] else "yellow" if open_ or not rows else "brightgreen"
    parts = [
        f"{claims[Verdict.HOLDS]}/{claims.total()} hold",
        f"{controls[Verdict.HOLDS]}/{controls.total()} controls refuted",
    ]
    content = {
        "schemaVersion": 1,
        "label": "bounds",
        "message": ", ".join(parts) if rows else "no claims",
        "color": colour,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def findings_csv(rows: Sequence[Row]) -> str:
    """Return one line per finding, numbers in full precision."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    head = "claim study statement kind verdict reading value low high confidence method in_scope points evidence"
    writer.writerow(head.split())
    for row in rows:
        entry, found = row.entry, row.entry.finding
        s = found.statistic
        numbers = [repr(s.value), repr(s.low), repr(s.high), repr(s.confidence), s.method] if s else [""] * 5
        kind = "negative control" if is_control(entry) else "claim"
        line = [entry.claim_id, row.study, entry.claim.statement, kind, found.verdict.value, verdict_word(entry)]
        writer.writerow([*line, *numbers, found.in_scope, found.points, found.evidence])
    return stream.getvalue()
