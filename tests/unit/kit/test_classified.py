"""Marks of state secrets are seen; what merely speaks of secrets is let through."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tidui.kit import classified, files


@pytest.mark.parametrize(
    "text",
    [
        "机密★10年", "秘密 ★ 长期", "绝密★启用前", "秘密☆5年", "★机密", "密级:机密", "密级：秘密", "机密＊", "机\u200b密★", "机\u2060密\ufeff★",
        "国防专利证书第1号", "国防专利号ZL201018000001.2", "该项国防发明专利申请号", "获国防专利权人授权",
    ],
)  # fmt: skip
def test_a_mark_in_a_document_is_seen(text: str) -> None:
    assert classified.marked(f"关于印发的通知\n{text}\n正文")


@pytest.mark.parametrize(
    "text",
    [
        "商业秘密保护制度", "保密协议", "本材料不含国防专利号", "不得填写国防专利证书编号", "涉密信息系统集成资质(机密级)", "国防科工局",
        "普通★五星", "保守国家秘密法", "专利权人", "",
    ],
)  # fmt: skip
def test_a_document_that_speaks_of_secrets_is_let_through(text: str) -> None:
    assert not classified.marked(text)


@pytest.mark.parametrize("text", ["国防专利", "一种装置(国防专利)", "国防发明专利", "机密★", "国 防专利号"])
def test_a_field_of_a_form_refuses_the_bare_word(text: str) -> None:
    refused = text != "国 防专利号"
    assert classified.marked_short(text) is refused


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("机密-方案.pdf", True), ("【秘密】方案.docx", True), ("(绝密)x.pdf", True), ("方案_机密.pdf", True), ("机密级项目.pdf", True),
        ("国防专利清单.xlsx", True), ("商业秘密制度.pdf", False), ("商业机密级.pdf", False), ("秘密花园.pdf", False), ("不含国防专利承诺书.pdf", False),
    ],
)  # fmt: skip
def test_a_file_name_is_read_more_strictly(name: str, refused: bool) -> None:
    assert classified.marked_name(name) is refused


def test_a_refusal_says_what_to_do_instead() -> None:
    with pytest.raises(ValidationError) as refusal:
        files.validate_open("本项为国防专利")
    assert "线下报送" in refusal.value.messages[0] and refusal.value.code == "classified"


def test_an_open_text_passes() -> None:
    files.validate_open("一种发明专利")
    files.validate_open(None)
