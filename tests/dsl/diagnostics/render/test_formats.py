"""What other programs read: JSON, GitHub commands, SARIF and JUnit XML."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from netc.dsl.diagnostics import pages
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.diagnostic import Diagnostic, Fix
from netc.dsl.diagnostics.render.concise import render_concise
from netc.dsl.diagnostics.render.fingerprint import fingerprints
from netc.dsl.diagnostics.render.github import render_github
from netc.dsl.diagnostics.render.gitlab import render_gitlab
from netc.dsl.diagnostics.render.json import render_json
from netc.dsl.diagnostics.render.junit import render_junit
from netc.dsl.diagnostics.render.order import in_order
from netc.dsl.diagnostics.render.sarif import render_sarif
from netc.dsl.text.source import Source, Span
from netc.dsl.version import __version__

from tests.markdown import examples
from tests.places import ROOT

PAGES = Path(pages.__file__).parent


def place(file: str, start: tuple[int, int], end: tuple[int, int]) -> dict[str, object]:
    keys = ("line", "column")
    span = {"start": dict(zip(keys, start, strict=True)), "end": dict(zip(keys, end, strict=True))}
    return {"file": file, "span": span}


def test_json_has_the_promised_keys(broadcast):
    assert json.loads(render_json([broadcast], files=3)) == {
        "version": 1,
        "files": 3,
        "counts": {"errors": 1, "warnings": 0, "fixable": 0},
        "diagnostics": [
            {
                "code": "NET0301",
                "severity": "error",
                "message": "`+` cannot broadcast [N, 28, 28, 512] with [N, 56, 56, 256]",
                "label": "[N, 56, 56, 256]",
                **place("resnet.net", (18, 21), (18, 29)),
                "related": [
                    {
                        "message": "[N, 28, 28, 512]",
                        **place("resnet.net", (18, 10), (18, 18)),
                    }
                ],
                "trace": [
                    {
                        "block": "Bottleneck",
                        "args": "width=128, strides=2",
                        **place("resnet.net", (26, 14), (26, 24)),
                    }
                ],
                "help": "`shortcut` is defined at line 11; give it strides=2 and 512 filters",
                "fix": None,
            }
        ],
    }


def test_json_holds_a_fix_and_no_empty_help(misspelt, unused):
    first, second = json.loads(render_json([misspelt, unused], files=1))["diagnostics"]
    assert first["severity"] == "warning"
    assert first["help"] is None
    assert second["fix"] == {**place("my nets/a,b:c.net", (2, 7), (2, 11)), "text": "Dense"}


def test_json_without_diagnostics():
    assert json.loads(render_json([], files=0)) == {
        "version": 1,
        "files": 0,
        "counts": {"errors": 0, "warnings": 0, "fixable": 0},
        "diagnostics": [],
    }


def test_json_is_ascii_even_for_broken_text(unused):
    text = render_json([replace(unused, message="名\ud800\x1b")], files=1)
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["diagnostics"][0]["message"] == "名\ud800\x1b"


def test_github_commands_say_everything_in_one_line(broadcast):
    assert render_github([broadcast]) == (
        "::error file=resnet.net,line=18,endLine=18,col=21,endColumn=29,title=NET0301::"
        "`+` cannot broadcast [N, 28, 28, 512] with [N, 56, 56, 256]"
        "%0A[N, 56, 56, 256]"
        "%0Aresnet.net:18:10: [N, 28, 28, 512]"
        "%0Ain Bottleneck(width=128, strides=2), called at resnet.net:26:14"
        "%0Ahelp: `shortcut` is defined at line 11; give it strides=2 and 512 filters"
    )


def test_github_commands_are_escaped(misspelt, unused):
    assert render_github([misspelt, unused]).split("\n") == [
        "::warning file=my nets/a%2Cb%3Ac.net,line=2,endLine=2,col=3,endColumn=4,title=NET0601::"
        "`x` is never used",
        "::error file=my nets/a%2Cb%3Ac.net,line=2,endLine=2,col=7,endColumn=11,title=NET0201::"
        "no layer is called `Dens` <100%25>%0Ahelp: write `Dense`",
    ]


def test_no_source_can_write_a_github_command_of_its_own():
    source = Source("a\r\n::error::b.net", "x\n")
    diagnostic = Diagnostic(Code.UNEXPECTED_TOKEN, "got \r\n::set-env::", Span(source, 0, 1))
    text = render_github([diagnostic])
    assert text == (
        "::error file=a%0D%0A%3A%3Aerror%3A%3Ab.net,line=1,endLine=1,col=1,endColumn=2,"
        "title=NET0101::got ␍␊::set-env::"
    )


def test_a_file_name_that_is_not_unicode_can_still_be_written():
    span = Span(Source("a\udcff.net", "x\n"), 0, 1)
    diagnostics = [Diagnostic(Code.UNEXPECTED_TOKEN, "no", span)]
    assert "file=a?.net," in render_github(diagnostics)
    for text in (
        render_json(diagnostics, 1),
        render_sarif(diagnostics),
        render_junit(diagnostics, [span.source.path]),
    ):
        assert text.encode()


def test_github_takes_no_columns_for_several_lines():
    source = Source("a.net", "f(\n1)\n")
    command = render_github([Diagnostic(Code.WRONG_TYPE, "no", Span(source, 0, 5))])
    assert command == "::error file=a.net,line=1,endLine=2,title=NET0208::no"


def test_sarif_names_every_rule(broadcast):
    log = json.loads(render_sarif([broadcast]))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    driver = run["tool"]["driver"]
    assert driver["name"] == "netc"
    assert [rule["id"] for rule in driver["rules"]] == [code.id for code in Code]
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])


def test_sarif_says_which_tool_and_where_rules_are_explained(broadcast):
    (run,) = json.loads(render_sarif([broadcast]))["runs"]
    driver = run["tool"]["driver"]
    assert driver["version"] == driver["semanticVersion"] == __version__
    assert driver["informationUri"].startswith("https://")
    for rule in driver["rules"]:
        assert rule["helpUri"].endswith(f"/dsl/diagnostics/pages/{rule['id']}.md")
        assert (ROOT / rule["helpUri"].partition("/blob/main/")[2]).is_file()
        assert rule["fullDescription"]["text"]
        assert "\n" not in rule["fullDescription"]["text"]


def test_sarif_paths_are_those_of_the_repository(broadcast):
    (run,) = json.loads(render_sarif([broadcast], "nets/vision"))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "nets/vision/resnet.net"
    above = replace(broadcast.span, source=Source("../a.net", broadcast.span.source.text))
    (run,) = json.loads(render_sarif([replace(broadcast, span=above)], "nets/vision"))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "nets/a.net"


def test_annotations_and_reports_name_files_of_the_repository(broadcast):
    assert "::error file=nets/vision/resnet.net," in render_github([broadcast], "nets/vision")
    (issue,) = json.loads(render_gitlab([broadcast], "nets/vision"))
    assert issue["location"]["path"] == "nets/vision/resnet.net"
    above = replace(broadcast.span, source=Source("../a.net", broadcast.span.source.text))
    (moved,) = json.loads(render_gitlab([replace(broadcast, span=above)], "nets/vision"))
    assert moved["location"]["path"] == "nets/a.net"
    (same,) = json.loads(render_gitlab([replace(broadcast, span=above)], "nets/speech"))
    assert moved["fingerprint"] == same["fingerprint"] != issue["fingerprint"]


def _moved(diagnostic: Diagnostic, lines: int) -> Diagnostic:
    """The diagnostic some lines further down."""
    span = diagnostic.span
    source = Source(span.source.path, "\n" * lines + span.source.text)
    return replace(diagnostic, span=Span(source, span.start + lines, span.end + lines))


def test_a_fingerprint_stays_where_lines_move(broadcast, misspelt, unused):
    found = [broadcast, misspelt, unused]
    before = fingerprints(found)
    assert len(set(before)) == 3
    assert fingerprints([_moved(one, 7) for one in found]) == before


def test_a_fingerprint_stays_for_the_example_of_every_code():
    """Headlines that say where something else stands keep theirs, too."""
    compared = set()
    for page in sorted(PAGES.glob("*.md")):
        for example in examples(page):
            moved = replace(example, text=f"# moved\n\n{example.text}")
            before, after = (in_order(each.check().diagnostics) for each in (example, moved))
            if [one.span.line + 2 for one in before] == [one.span.line for one in after]:
                assert fingerprints(before) == fingerprints(after), f"{page.name}: {before}"
                compared |= {one.code for one in before}
    assert len(compared) > 60


def test_equal_findings_of_one_file_have_fingerprints_of_their_own(unused):
    assert len(set(fingerprints([unused, _moved(unused, 3)]))) == 2


def test_gitlab_reports_issues(broadcast, misspelt, unused):
    first, second, third = json.loads(render_gitlab([broadcast, misspelt, unused]))
    assert first == {
        "description": "`x` is never used",
        "check_name": "NET0601",
        "fingerprint": fingerprints([unused])[0],
        "severity": "minor",
        "location": {"path": "my nets/a,b:c.net", "lines": {"begin": 2, "end": 2}},
    }
    assert (second["severity"], second["check_name"]) == ("major", "NET0201")
    assert third["location"]["path"] == "resnet.net"
    assert json.loads(render_gitlab([])) == []


def test_concise_is_a_line_a_finding(broadcast, misspelt, unused):
    assert render_concise([broadcast, misspelt, unused]).split("\n") == [
        "my nets/a,b:c.net:2:3: NET0601 `x` is never used",
        "my nets/a,b:c.net:2:7: NET0201 [*] no layer is called `Dens` <100%>",
        "resnet.net:18:21: NET0301 `+` cannot broadcast [N, 28, 28, 512] with [N, 56, 56, 256]",
    ]


def test_a_sarif_result_has_all_places(broadcast):
    (run,) = json.loads(render_sarif([broadcast]))["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["ruleId"] == "NET0301"
    assert result["level"] == "error"
    assert result["message"]["text"].startswith("`+` cannot broadcast")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "resnet.net"},
                "region": {"startLine": 18, "startColumn": 21, "endLine": 18, "endColumn": 29},
            }
        }
    ]
    related = result["relatedLocations"]
    assert [place["message"]["text"] for place in related] == [
        "[N, 28, 28, 512]",
        "in Bottleneck(width=128, strides=2)",
    ]
    assert [place["id"] for place in related] == [1, 2]
    assert [place["physicalLocation"]["region"]["startLine"] for place in related] == [18, 26]
    assert "fixes" not in result


def test_a_sarif_fix_replaces_a_region(misspelt):
    (result,) = json.loads(render_sarif([misspelt]))["runs"][0]["results"]
    assert result["fixes"] == [
        {
            "description": {"text": "write `Dense`"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "my%20nets/a%2Cb%3Ac.net"},
                    "replacements": [
                        {
                            "deletedRegion": {
                                "startLine": 2,
                                "startColumn": 7,
                                "endLine": 2,
                                "endColumn": 11,
                            },
                            "insertedContent": {"text": "Dense"},
                        }
                    ],
                }
            ],
        }
    ]


def test_sarif_without_diagnostics_has_an_empty_result_list():
    assert json.loads(render_sarif([]))["runs"][0]["results"] == []


def test_junit_has_a_case_for_each_file(broadcast, misspelt, unused):
    files = ["good.net", "my nets/a,b:c.net"]
    root = ElementTree.fromstring(render_junit([broadcast, misspelt, unused], files))
    (suite,) = root
    assert root.tag == "testsuites"
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "2", "0")
    assert {case.get("name"): [f.get("type") for f in case] for case in suite} == {
        "good.net": [],
        "my nets/a,b:c.net": ["NET0201", None],
        "resnet.net": ["NET0301"],
    }


def test_a_warning_is_the_output_of_a_junit_case_that_passes(unused):
    root = ElementTree.fromstring(render_junit([unused], [unused.span.source.path]))
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    (output,) = suite[0]
    assert output.tag == "system-out"
    assert output.text is not None
    assert output.text.startswith("warning[NET0601]: `x` is never used")


def test_a_junit_failure_shows_the_snippet(misspelt):
    root = ElementTree.fromstring(render_junit([misspelt], [misspelt.span.source.path]))
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == "my nets/a,b:c.net:2:7: no layer is called `Dens` <100%>"
    assert failure.text is not None
    assert "2 │   x = Dens(100%)\n  │       ^^^^\n" in failure.text


def test_junit_replaces_what_xml_cannot_hold():
    source = Source('"<\x00>&.net', "]]> \ufffe \x1b\n")
    diagnostic = Diagnostic(Code.UNEXPECTED_CHARACTER, "\x0b\ud800\n&", Span(source, 0, 3))
    root = ElementTree.fromstring(render_junit([diagnostic], [source.path]))
    case = root.find("testsuite/testcase")
    assert case is not None
    assert case.get("name") == '"<\ufffd>&.net'
    assert case[0].get("message") == '"<\ufffd>&.net:1:1: \ufffd\ufffd\n&'
    assert "1 │ ]]> \ufffd ␛" in (case[0].text or "")


def test_a_fix_of_several_places_holds_all_of_them(misspelt):
    other = Fix(Span(misspelt.fix.span.source, 0, 3), "block")
    found = replace(misspelt, fix=replace(misspelt.fix, also=(other,)))
    (written,) = json.loads(render_json([found], 1))["diagnostics"]
    assert [one["text"] for one in (written["fix"], *written["fix"]["also"])] == ["Dense", "block"]
    (run,) = json.loads(render_sarif([found]))["runs"]
    (change,) = run["results"][0]["fixes"][0]["artifactChanges"]
    texts = [one["insertedContent"]["text"] for one in change["replacements"]]
    assert texts == ["Dense", "block"]
