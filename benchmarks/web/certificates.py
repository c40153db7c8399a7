"""Certificates against WeasyPrint: the same page, the same fonts, the same code, one after another in one process.

    python -m benchmarks.web.certificates --peer FOLDER/bin/python [--count 100] [--out benchmarks/web/CERTIFICATES.md]

The peer runs in an environment of its own: `python -m venv FOLDER && FOLDER/bin/pip install weasyprint segno`. It is
given the page as HTML with its style ready and its font configuration kept; it writes PDF/A-3 with the same
attachment, as ours does, but signs nothing. Ours is timed with its content signed, its PDF and the signature over that.
The issuing of a batch as the worker does it (recognition, status, case, certificate, file) is timed with `--job`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

PROMISE: Final = 0.05
WARM: Final = 3
# ruff: noqa: E501  the page of the peer is written as it is
PEER: Final = r'''
import io, json, sys, time
import segno
from weasyprint import HTML, Attachment
from weasyprint.text.fonts import FontConfiguration

STYLE = """
@page { size: A4 landscape; margin: 26mm 30mm 20mm; background: #fffdf8 }
body { font-family: "Noto Serif CJK SC"; color: #2a211b; font-size: 14pt;
  text-align: center }
.frame { position: fixed; top: -17mm; left: -21mm; width: 279mm; height: 192mm; border: 2.6pt solid #8c1c13 }
.inner { position: fixed; top: -14.6mm; left: -18.6mm; width: 274.2mm; height: 187.2mm; border: .5pt solid #b3903f }
h1 { font-size: 33pt; color: #8c1c13; letter-spacing: .14em; margin: 2mm 0 } h2 { font-size: 22pt; color: #8c1c13 }
.name { font-size: 25pt; font-weight: bold } table { margin: 5mm auto; font-size: 13.5pt; text-align: left }
td { padding: 0 4mm 5mm 0 } .soft { color: #6f6257 }
.code { position: fixed; bottom: 0; left: 2mm; width: 26mm }
.foot { position: fixed; bottom: 0; left: 33mm; font-size: 8pt; text-align: left }
.seal { position: fixed; bottom: 10mm; right: 6mm; font-size: 16pt }
"""
fonts = FontConfiguration()
times = []
for line in sys.stdin:
    said = json.loads(line)
    before = time.perf_counter(), time.process_time()
    code = segno.make(said["verify"], error="m", micro=False).svg_inline(border=0, dark="#3b2a1a")
    page = f"""<!doctype html><html lang="zh"><head><title>{said['title']} {said['number']}</title><style>{STYLE}</style></head><body>
    <div class="frame"></div><div class="inner"></div><div class="soft">{said['issuer']}</div><h1>{said['title']}</h1><h2>证 书</h2>
    <p class="name">{said['name']}</p><p>依据{said['document']}，认定为{said['title']}。</p>
    <table><tr><td class="soft">证书编号</td><td>{said['number']}</td><td class="soft">发证日期</td><td>{said['issued']}</td></tr>
    <tr><td class="soft">统一社会信用代码</td><td>{said['uscc']}</td><td class="soft">有效期自</td><td>{said['since']}</td></tr>
    <tr><td class="soft">认定文号</td><td>{said['document']}</td><td class="soft">有效期至</td><td>{said['until']}</td></tr></table>
    <div class="code">{code}</div><div class="foot soft">扫码核验，或用 tidui verify 离线核验本文件<br>内容摘要 {said['digest'][:32]}<br>签名密钥 {said['key']}</div>
    <div class="seal">{said['issuer']}<br>{said['issued']}</div></body></html>"""
    made = HTML(string=page).write_pdf(
        pdf_variant="pdf/a-3b", font_config=fonts,
        attachments=[Attachment(file_obj=io.BytesIO(said["json"].encode()), name="tidui-certificate.json", relationship="Data")],
    )
    times.append((time.perf_counter() - before[0], time.process_time() - before[1], len(made)))
print(json.dumps(times))
'''


def contents(count: int) -> list[dict[str, Any]]:
    """Certificates of enterprises that do not exist."""
    streets = ("白塔", "黄峪", "中川", "雁滩", "皋兰", "永登", "红古", "崆峒")  # tidui: data
    trades = ("精密仪器", "生物科技", "新材料", "数据服务", "装备制造")  # tidui: data
    return [
        {
            "layout": "tidui-certificate-1", "issuer": "甘肃省科学技术厅", "programme": "provincial",  # tidui: data
            "title": "甘肃省科技创新型企业", "number": f"GSCX202662{place:05d}", "issue": 1,  # tidui: data
            "name": f"兰州{streets[place % 8]}{trades[place % 5]}{place}号有限公司",  # tidui: data
            "uscc": f"91620102MA{place:07d}X", "document": {"number": "甘科认〔2026〕1号", "date": "2026-11-22"},  # tidui: data
            "valid_from": "2026-11-22", "valid_until": "2029-11-21", "issued_on": "2026-11-22", "signed_on": "2026-11-22",
            "verify": f"https://example.org/verify/?number=GSCX202662{place:05d}",
        }
        for place in range(count)
    ]  # fmt: skip


def ours(count: int) -> tuple[list[tuple[float, float, int]], list[dict[str, Any]]]:
    """Seconds by the clock and of the processor, and bytes, of each certificate; and what the peer is to print."""
    import django

    django.setup()
    from tidui.recognition import certificates
    from tidui.recognition.signing import canonical, envelopes, keys

    times, asked = [], []
    with tempfile.TemporaryDirectory() as folder:
        key, _made = keys.current_or_new(Path(folder), "ed25519")
        for content in contents(count):
            before = time.perf_counter(), time.process_time()
            one: Any = SimpleNamespace(
                content=content, signature=envelopes.signature(content, key), digest=canonical.digest(content), issue=1,
                picture="", issued_at=dt.datetime(2026, 11, 22, 2, tzinfo=dt.UTC),
            )  # fmt: skip
            made = certificates.printed(one, key)
            times.append((time.perf_counter() - before[0], time.process_time() - before[1], len(made)))
            words = {"issued": "2026年11月22日", "since": "2026年11月22日", "until": "2029年11月21日"}  # tidui: data
            asked.append({
                **content, **words, "document": content["document"]["number"], "digest": one.digest, "key": key.name,
                "json": envelopes.text(certificates.envelope(one)).decode(),
            })  # fmt: skip
    return times, asked


def peer(python: str, asked: list[dict[str, Any]]) -> list[tuple[float, float, int]]:
    """The same of the peer."""
    given = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in asked)
    done = subprocess.run([python, "-c", PEER], input=given, capture_output=True, text=True, check=True)
    return [tuple(one) for one in json.loads(done.stdout.splitlines()[-1])]


def version(python: str) -> str:
    """Which peer it is."""
    code = "import weasyprint; print(weasyprint.__version__)"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def row(name: str, times: list[tuple[float, float, int]]) -> str:
    """A line of the table."""
    warm = times[WARM:]
    wall, processor = ([1000 * one[place] for one in warm] for place in (0, 1))
    return (
        f"| {name} | {statistics.median(wall):.1f} | {statistics.median(processor):.1f} | "
        f"{1000 * times[0][0]:.0f} | {statistics.median([one[2] for one in warm]) / 1024:.0f} |"
    )


def job(count: int) -> str:
    """How long the worker takes for a whole batch, on SQLite: everything from the document to the stored files."""
    import django
    from django.core.management import call_command

    django.setup()
    from django.conf import settings

    Path(settings.HOME).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    from django.utils import timezone
    from tests.people import make_world
    from tests.review import at_stage

    from tidui.recognition import certificates
    from tidui.recognition.actions import certificates as actions

    world = make_world()
    batch, _rows = at_stage(world, "issue", count)
    made = actions.recognise(
        batch=batch, title="认定", text="认定。", by=world.department_officer, at=timezone.now()
    )  # tidui: data
    before = time.perf_counter(), time.process_time()
    found = certificates.issue(made.document, at=timezone.now(), by=world.department_officer)
    took, processor = time.perf_counter() - before[0], time.process_time() - before[1]
    assert found["issued"] == count, found
    return (
        f"The job of {count} certificates on SQLite: {took:.1f} s, {1000 * took / count:.0f} ms each "
        f"({1000 * processor / count:.0f} ms of the processor): recognition, status on the file, case, signature, PDF, stored file."
    )


def main() -> int:
    """Measure, print, write; 1 where the promise does not hold."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peer", required=True, help="the python of the peer's environment")
    options.add_argument("--count", type=int, default=100)
    options.add_argument("--peer-count", type=int, default=20)
    options.add_argument("--job", type=int, default=0, metavar="N", help="also issue a batch of N, in a new TIDUI_HOME")
    options.add_argument("--out", type=Path)
    given = options.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidui.site.settings")
    times, asked = ours(given.count)
    theirs = peer(given.peer, asked[: given.peer_count])
    share = statistics.median([one[1] for one in times[WARM:]]) / statistics.median([one[1] for one in theirs[WARM:]])
    lines = [
        "# Certificates", "",
        f"One certificate: A4 across, framed, two weights of a Chinese serif, a QR code, PDF/A-3 with its signed content attached. "
        f"{given.count} of ours, {given.peer_count} of WeasyPrint {version(given.peer)} (the same page as HTML, PDF/A-3 with the same attachment, "
        "unsigned; its font configuration kept), each in one process, one after another. Medians without the first three; the "
        "processor's time is compared, as the machine had other work.",
        "", "| | by the clock, ms | processor, ms | the first, ms | KB |", "|---|---:|---:|---:|---:|",
        row("Tidui, signed", times), row("WeasyPrint", theirs), "",
        f"Ours takes {share:.4f} of the peer's processor time; promised is at most {PROMISE}.",
    ]  # fmt: skip
    if given.job:
        lines += ["", job(given.job)]
    text = "\n".join(lines) + "\n"
    print(text)
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    return 0 if share <= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
