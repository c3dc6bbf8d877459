"""Strings that programs stumble over, made here: what a cell or a rule file may hold."""

from __future__ import annotations

_INJECTED = (
    "'; drop table d0000; --", '" or 1=1 --', "1; select pg_sleep(9)",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{7*7}}",
    "${jndi:ldap://x.invalid/a}", "%s%s%s%n", "%x%08x", "{0.__class__}", "{}",
    "{name!r:>{width}}", "$(touch x)", "`id`", "| cat /etc/hosts", "../../etc/passwd",
    "=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+1", "-1-1", "\\x41\\u0041", "%00", "a\\", "(((((",
    "[[[[[", "(?=x)", "(a+)+$", "\\1", "(?P<n>a)", "\\pZ", "[^]", "*", "?", "+", "{1,", "|", "^$",
    "#", "!", "&", "---", "null", "NULL", "None", "nan", "inf", "-inf", "1e999", "0x10", "0b1",
    "1_000", "true", "yes", "~", "[]", "- a", "a: b: c", "!!python/object:os.system", "&a [*a]",
    "<<: *x", '"', "'", "'''", "\t- x",
)  # fmt: skip
_MARKS = (
    "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069",
    "\ufeff", "\u00ad", "\u180e", "\u2028", "\u2029", "\u00a0", "\u3000", "\u2007", "\ufffc",
    "\ufffd", "\ufffe", "\ufdd0", "\U000e0001", "\U000e0041", "\U0010ffff", "\ue000", "\u0301",
    "\u0489", "\u20e3", "\ufe0f", "\u0600", "\u06dd", "\ufdfa", "\u0130", "\u0131", "\u1e9e",
    "\ufb03", "\u2126", "\u212b", "\u337f",
)  # fmt: skip
_SCRIPTS = (
    "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u0928\u092e\u0938\u094d\u0924\u0947",
    "\u7530\u4e2d\u3055\u3093", "\uc0ac\ud68c\uacfc\ud559\uc6d0", "\U00020000\U0002a6d6",
    "\u3400\u4db5", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f1e8\U0001f1f3",
    "\U0001f44d\U0001f3fd", "\u2460\u2461\u2462", "\u216b", "\uff11\uff12\uff13",
    "\u0661\u0662\u0663", "\U0001d7d8\U0001d7d9", "\u4e00\u4e8c\u4e09", "\u58f9\u8d30\u53c1",
    "z\u0351\u0368\u0360a\u0340l\u035dg\u0489o",
)  # fmt: skip
_NUMBERS = ("13800138000", "110105194912310021", "6222021234567890123", "w@example.com", "沪A12345")


def naughty() -> list[str]:
    """515 of them: controls, marks, scripts, injections, and numbers with such things inside."""
    found = [chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))]
    found += [f"a{mark}b{mark}" for mark in _MARKS]
    found += [*_INJECTED, *_SCRIPTS]
    found += [mark * 3000 for mark in ("\u0301", "\u200d", "(", "\\", "1", "-", "*", "@", "\u4e2d")]
    found += [f"{number[:3]}{mark}{number[3:]}" for number in _NUMBERS for mark in _MARKS]
    found += [f"{inject}{number}" for number in _NUMBERS[:2] for inject in _INJECTED]
    found += [f"{number}{chr(code)}" for number in _NUMBERS[:1] for code in range(0x20)]
    return list(dict.fromkeys(found))[:515]
