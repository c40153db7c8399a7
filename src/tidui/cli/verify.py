"""tidui verify: says of a certificate, from files alone, whose it is, how long it holds, and if its signature does.

0: it holds, by a key that was given as the issuer's. 1: nobody must rely on it. 2: wrong usage, or no certificate.
3: nothing is wrong with it, but whose key it is was not checked.
"""

# tidui: data

from __future__ import annotations

import argparse
import json
import unicodedata
from pathlib import Path
from typing import Any, Final

from tidui.cli.main import DONE, FAULTS, UsageError
from tidui.recognition.signing import checking
from tidui.recognition.signing.checking import Report, Revocation, Signature, Standing
from tidui.recognition.signing.schemes import NotUsable

UNTRIED: Final = 3
#: A file beyond this is no certificate.
_MOST: Final = 32 * 2**20
_SIGNATURES: Final = {
    Signature.GOOD: ("有效", "good"),
    Signature.BAD: ("无效：内容被改动，或者不是这把密钥所签", "BAD: changed, or not signed by this key"),
    Signature.OWN_KEY: (
        "与文件内所附公钥相符，公钥是谁的未核对",
        "fits the key in the file; whose key that is was not checked",
    ),
    Signature.UNKNOWN_KEY: ("不是所给公钥清单中的密钥所签", "BAD: by a key that is not among those given"),
    Signature.WRONG_TIME: ("签名日期不在该密钥的使用期内", "BAD: the key was not in use on that day"),
}
_STANDINGS: Final = {
    Standing.VALID: ("有效期内", "within its validity"), Standing.NOT_YET: ("尚未生效", "NOT YET VALID"),
    Standing.EXPIRED: ("已过有效期", "EXPIRED"),
}  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Reads the files, prints what was found, and gives the exit code."""
    try:
        keys = checking.keys_of(_read(options.keys)) if options.keys else None
        report = checking.check(
            _read(options.path), on=options.on, keys=keys,
            revocations=_read(options.revocations) if options.revocations else None,
        )  # fmt: skip
    except (checking.Unreadable, NotUsable) as error:
        raise UsageError(f"{options.path}: {error}") from None
    if options.json:
        print(json.dumps(_plain(report), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(report, 0 if options.lang == "zh" else 1)))
    return FAULTS if report.bad else UNTRIED if report.untried else DONE


def _read(path: Path) -> bytes:
    if path.stat().st_size > _MOST:
        raise UsageError(f"{path}: too large for a certificate")
    return path.read_bytes()


def _lines(report: Report, tongue: int) -> list[str]:
    said = report.content
    labels = (
        ("企业", "Enterprise"), ("资格", "Recognised as"), ("证书编号", "Number"), ("颁发单位", "Issued by"),
        ("文号", "Document"), ("有效期", "Valid"), ("内容签名", "Content"), ("整个文件", "Whole file"), ("密钥", "Key"),
        ("撤销", "Revocation"), ("结论", "Result"),
    )  # fmt: skip
    days = ("{} 至 {}，{} {}", "{} to {}, {}: {}")[tongue]
    held = _STANDINGS[report.standing][tongue]
    values = (
        f"{said.get('name', '')} {said.get('uscc', '')}".strip(), said.get("title", ""),
        f"{said.get('number', '')} ({said.get('issue', 1)})", said.get("issuer", ""),
        f"{(said.get('document') or {}).get('number', '')} {(said.get('document') or {}).get('date', '')}".strip(),
        days.format(said["valid_from"], said["valid_until"], report.on, held), _SIGNATURES[report.signature][tongue],
        _SIGNATURES[report.file][tongue], f"{report.key} SHA-256 {report.fingerprint}", _revocation(report)[tongue],
        _result(report)[tongue],
    )  # fmt: skip
    mark = ("：", ": ")[tongue]
    found = [f"{label[tongue]}{mark}{_shown(value)}" for label, value in zip(labels, values, strict=True)]
    for name, holds in report.seals:
        words = {
            True: ("有效", "good"),
            False: ("无效", "BAD"),
            None: ("未核对（没有安装该印章的插件）", "not checked: its plug-in is not installed"),
        }
        found.insert(-1, f"{('电子印章', 'Seal')[tongue]} {_shown(name)}{mark}{words[holds][tongue]}")
    return found


def _shown(value: object) -> str:
    """A text of a file that anybody may have written: nothing in it breaks a line or commands the terminal."""
    return "".join(one if one.isprintable() or unicodedata.category(one) == "Zs" else "\ufffd" for one in str(value))


def _revocation(report: Report) -> tuple[str, str]:
    listed = report.listed
    if listed is None:
        return (
            "未核对：没有给出撤销清单（--revocations），不知道证书是否已被撤销",
            "NOT CHECKED: no list was given (--revocations)",
        )
    by = listed.made_on.isoformat()
    return {
        Revocation.NOT_CHECKED: (
            f"未核对：清单（{by}）早于证书，请另取新的清单",
            f"NOT CHECKED: the list of {by} is older than the certificate",
        ),
        Revocation.NOT_LISTED: (f"截至 {by} 的清单中没有它", f"not on the list of {by}"),
        Revocation.REVOKED: (f"自 {listed.on} 起已撤销（清单日期 {by}）", f"REVOKED from {listed.on} (list of {by})"),
        Revocation.REPLACED: (
            f"自 {listed.on} 起作废，已换发新证书（清单日期 {by}）",
            f"REPLACED by another issue on {listed.on} (list of {by})"
        ),
        Revocation.ENDED: (
            f"自 {listed.on} 起提前终止（清单日期 {by}）", f"ENDED EARLY, holds no more from {listed.on} (list of {by})"
        ),
        Revocation.BAD_LIST: (
            f"清单（{by}）的签名不可信，不能据以判断", f"the list of {by} is not the issuer's: it says nothing"
        ),
    }[listed.revocation]  # fmt: skip


def _result(report: Report) -> tuple[str, str]:
    if report.bad:
        return "不可采信", "DO NOT RELY ON IT"
    if report.untried:
        return (
            "未发现改动，但没有核对是谁的密钥（请用 --keys 给出颁发单位的公钥）",
            "unchanged, but whose key it is was not checked (--keys)",
        )
    if report.revocation == Revocation.NOT_CHECKED:
        return "证书真实有效；是否已被撤销未核对", "genuine and in force; whether it was revoked was not checked"
    return "证书真实有效", "genuine and in force"


def _plain(report: Report) -> dict[str, Any]:
    listed = report.listed
    return {
        "content": dict(report.content), "on": report.on.isoformat(), "signature": report.signature,
        "file": report.file,
        "key": report.key, "fingerprint": report.fingerprint, "standing": report.standing,
        "revocation": report.revocation,
        "revoked_on": listed.on.isoformat() if listed and listed.on else None,
        "list_of": listed.made_on.isoformat() if listed else None,
        "seals": [{"sealer": name, "holds": holds} for name, holds in report.seals],
        "bad": report.bad, "key_checked": not report.untried,
    }  # fmt: skip
