"""Refuses passwords that are long enough and still among the first that anybody would try here."""

from __future__ import annotations

import re
from typing import Any, Final

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: Words that people here reach for: pinyin, sayings in digits, places, what this system is about, rows of keys.
WORDS: Final = (
    "woaini", "woaiwo", "wodemima", "mima", "nihao", "asdasd", "zhongguo", "zhonghua", "china", "beijing", "gansu",
    "lanzhou", "tianshui", "jiuquan", "keji", "kejiting", "kejiju", "qiye", "gaoxin", "tidui", "gongsi", "yonghu",
    "guanliyuan", "administrator", "admin", "root", "user", "test", "demo", "password", "passw0rd", "p@ssw0rd",
    "p@ssword", "welcome", "letmein", "iloveyou", "qwertyuiop", "qwerty", "qwer", "asdfghjkl", "asdfgh", "asdf",
    "zxcvbnm", "zxcvbn", "zxcv", "1qaz2wsx", "1qaz", "2wsx", "3edc", "4rfv", "q1w2e3r4", "qazwsx", "abc", "aaa",
    "5201314", "520520", "1314520", "1314", "666", "888", "168", "518", "110", "119", "120", "123456789", "12345678",
    "1234567", "123456", "12345", "1234", "123", "987654321", "654321", "321", "000", "111", "147258369", "147258",
    "123321", "112233", "a123", "aa123",
)  # fmt: skip
_YEARS: Final = re.compile(r"(19[5-9]\d|20[0-4]\d)((0[1-9]|1[0-2])([0-2]\d|3[01])?)?")
_PATTERN: Final = re.compile("|".join(re.escape(word) for word in sorted(WORDS, key=len, reverse=True)))
_FILLERS: Final = re.compile(r"[\W_]+")
#: So many characters must be left when everything that is easily guessed has been taken away.
LEFT: Final = 4


def unguessed(password: str) -> str:
    """What is left of a password without common words, years and days, repeated characters and punctuation."""
    text = password.lower()
    text = _YEARS.sub(" ", _PATTERN.sub(" ", text))
    text = re.sub(r"(.)\1{2,}", " ", text)
    text = _PATTERN.sub(" ", _FILLERS.sub("", text))
    return _FILLERS.sub("", text)


class LongEnough(MinimumLengthValidator):
    """Django's own rule in words that Django has not translated."""

    def get_error_message(self) -> str:
        """What is wrong with a short one."""
        return ngettext("密码至少要有 %(min)d 个字符。", "密码至少要有 %(min)d 个字符。", self.min_length) % {
            "min": self.min_length
        }


class CommonHabits:
    """A password validator for Django: at least four characters must be neither habit nor filling."""

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError for a password such as Woaini5201314! or Gansu@2024."""
        if len(unguessed(password)) < LEFT:
            raise ValidationError(
                _("这个密码由常见的词、日期或键盘顺序组成，容易被猜到。"), code="password_common_habit"
            )

    def get_help_text(self) -> str:
        """What the person is told before choosing one."""
        return _("不要用常见的拼音、单位名称、生日、年份或键盘顺序拼成密码；几个互不相关的词连起来既好记又安全。")
