"""SQL text, read as far as it takes to recognise a statement and to replace parts of it."""

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

Name: TypeAlias = tuple[str, ...]
"""The parts of an identifier: (table,), (schema, table) or (catalog, schema, table)."""


class StatementError(Exception):
    """What the warehouse answers instead of a result, in words for whoever sent the statement."""


class Token(NamedTuple):
    """A word, a quoted name, a text, a number or a symbol of a statement."""

    kind: str
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<raw>[rR]'[^']*'|[rR]"[^"]*")
  | (?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
  | (?P<quoted>`(?:[^`]|``)*`)
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
  | (?P<word>[^\W\d]\w*)
  | (?P<symbol>=>|->|::|\|\||<=|>=|<>|!=|==|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.)", re.DOTALL)
_ESCAPED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}


def tokens(sql: str) -> list[Token]:
    """The tokens of a text, without blanks and comments."""
    found = []
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind, match.group(), match.start(), match.end()))
    return found


def unescaped(literal: str) -> str:
    """The value of a text literal as it stands in SQL, quotes and escapes taken away."""
    if literal[0] in "rR":
        return literal[2:-1]
    quote, body = literal[0], literal[1:-1]
    if "\\" not in body:
        return body.replace(quote * 2, quote)

    def value(match: re.Match[str]) -> str:
        code = match.group(1)
        if len(code) > 1:
            return chr(int(code[1:], 16) if code[0] in "uU" else int(code, 8))
        return "\\" + code if code in "%_" else _ESCAPED.get(code, code)

    return _ESCAPE.sub(value, body.replace(quote * 2, "\\" + quote))


def literal(value: str | None) -> str:
    """A text as a literal, or the word null."""
    if value is None:
        return "null"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\n", "\\n").replace("\r", "\\r") + "'"


def quoted(name: Sequence[str]) -> str:
    """A name as SQL, every part in backquotes."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in name)


class Reader:
    """Goes through a statement token by token; what does not fit is an error with its place."""

    def __init__(self, sql: str, all_tokens: Sequence[Token] | None = None) -> None:
        self.sql = sql
        self._tokens = tokens(sql) if all_tokens is None else all_tokens
        self._place = 0

    def _peek(self, ahead: int = 0) -> Token | None:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _fail(self, wanted: str) -> StatementError:
        token = self._peek()
        found = repr(self.sql[token.start : token.start + 60]) if token else "the end"
        return StatementError(f"[PARSE_SYNTAX_ERROR] {wanted} expected, found {found}")

    def next_is(self, *words: str) -> bool:
        """Whether these words and symbols come next, in whatever case."""
        return all(
            (token := self._peek(n)) is not None
            and token.kind in ("word", "symbol")
            and token.text.upper() == word
            for n, word in enumerate(words)
        )

    def accept(self, *words: str) -> bool:
        """Go past these words if they come next."""
        if self.next_is(*words):
            self._place += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        """Go past these words, which must come next."""
        if not self.accept(*words):
            raise self._fail(" ".join(words))

    def take(self, *kinds: str) -> str:
        """The text of the next token, which must be of one of these kinds."""
        token = self._peek()
        if token is None or token.kind not in kinds:
            raise self._fail(" or ".join(kinds))
        self._place += 1
        return token.text

    def identifier(self) -> str:
        """A word or a quoted name."""
        text = self.take("word", "quoted")
        return text[1:-1].replace("``", "`") if text.startswith("`") else text

    def name(self) -> Name:
        """A name of one part or several."""
        parts = [self.identifier()]
        while self.accept("."):
            parts.append(self.identifier())
        return tuple(parts)

    def text(self) -> str:
        """The value of a text literal."""
        return unescaped(self.take("string", "raw"))

    def number(self) -> str:
        """A number, as it is written."""
        return self.take("number")

    def identifiers(self) -> list[str]:
        """Names in parentheses."""
        self.expect("(")
        names = [self.identifier()]
        while self.accept(","):
            names.append(self.identifier())
        self.expect(")")
        return names

    def pairs(self) -> dict[str, str]:
        """Texts given to names in parentheses: `('a' = 'b', c.d = 'e')`."""
        self.expect("(")
        found: dict[str, str] = {}
        while True:
            token = self._peek()
            key = self.text() if token and token.kind == "string" else ".".join(self.name())
            self.expect("=")
            found[key] = self.text()
            if not self.accept(","):
                break
        self.expect(")")
        return found

    def parenthesized(self) -> str:
        """The text between a parenthesis and its counterpart."""
        self.expect("(")
        first, depth = self._peek(), 1
        while depth:
            depth += self.next_is("(") - self.next_is(")")
            token = self.advance()
        return self.sql[first.start : token.start] if first else ""

    def until(self, *ends: str) -> str:
        """The text up to one of these symbols or words on this level, or up to the end."""
        first = self._peek()
        last = None
        while self._peek() and not any(self.next_is(end) for end in ends):
            if self.next_is("("):
                self.parenthesized()
                last = self._tokens[self._place - 1]
            else:
                last = self.advance()
        return self.sql[first.start : last.end] if first and last else ""

    def advance(self) -> Token:
        """The next token, whatever it is."""
        token = self._peek()
        if token is None:
            raise self._fail("more")
        self._place += 1
        return token

    def rest(self) -> str:
        """All that follows, without a last semicolon."""
        token = self._peek()
        text = self.sql[token.start :].rstrip().removesuffix(";").rstrip() if token else ""
        self._place = len(self._tokens)
        return text

    def at_end(self) -> bool:
        """Whether nothing but a semicolon follows."""
        return self._peek() is None or (self.next_is(";") and self._peek(1) is None)

    def expect_end(self) -> None:
        """Nothing but a semicolon may follow."""
        if not self.at_end():
            raise self._fail("the end of the statement")

    @property
    def position(self) -> int:
        """Where in the text the next token starts."""
        token = self._peek()
        return token.start if token else len(self.sql)

    @property
    def last_end(self) -> int:
        """Where in the text the last token that was read ends."""
        return self._tokens[self._place - 1].end


def replaced(sql: str, replacements: Sequence[tuple[int, int, str]]) -> str:
    """The text with each (start, end) replaced; they must be in order and not overlap."""
    parts, place = [], 0
    for start, end, text in replacements:
        parts += [sql[place:start], text]
        place = end
    return "".join([*parts, sql[place:]])
