#include "folder_support.hpp"
#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "mesh/base64.hpp"

using mesh::base64_decode;
using mesh::base64_encode;
using mesh::display_width;
using mesh::escape_terminal;
using mesh::join;
using mesh::nearest;
using mesh::split;

namespace {

struct Pair {
  std::string from, to;
};

}  // namespace

TEST_CASE("what could steer a terminal, hide or turn text around becomes visible") {
  const Pair row = GENERATE(
      Pair{"\x1b[31mred", "\\x1b[31mred"}, Pair{"a\rb", "a\\x0db"},
      Pair{"a\nb\tc", "a\\x0ab\\x09c"}, Pair{std::string("a\0b", 3), "a\\x00b"},
      Pair{"\x7f", "\\x7f"}, Pair{"\u009b31m", "\\x9b31m"},  // C1, the one-byte form of ESC [
      Pair{"\u202eevil", "\\u202eevil"},                     // right to left
      Pair{"a\u2066b\u2069", "a\\u2066b\\u2069"}, Pair{"a\u200bb", "a\\u200bb"},
      Pair{"a\u2060b", "a\\u2060b"}, Pair{"\ufeffa", "\\ufeffa"}, Pair{"a\u00adb", "a\\xadb"},
      Pair{"a\u3164b", "a\\u3164b"}, Pair{"a\u180eb", "a\\u180eb"}, Pair{"a\u2028b", "a\\u2028b"},
      Pair{"\U000e0041", "\\U000e0041"});
  CHECK(escape_terminal(row.from) == row.to);
  CHECK(escape_terminal(row.to) == row.to);
}

TEST_CASE("bytes that are no UTF-8 become visible one by one") {
  const Pair row =
      GENERATE(Pair{"\x9b", "\\x9b"}, Pair{"a\xff", "a\\xff"},
               Pair{"\xc0\x80", "\\xc0\\x80"},                    // overlong NUL
               Pair{"\xe0\x80\x9b", "\\xe0\\x80\\x9b"},           // overlong C1
               Pair{"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // half a surrogate pair
               Pair{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // beyond Unicode
               Pair{"\xe2\x82", "\\xe2\\x82"},                    // cut off
               Pair{"\xe2\x1b[", "\\xe2\\x1b["});  // a broken start hides nothing behind it
  CHECK(escape_terminal(row.from) == row.to);
}

TEST_CASE("what people write stays as it is") {
  for (const char* text : {"cluster-a", "Größe", "日本語", "🙂", "x = \"y\" \\ ~", "\u0301e"}) {
    CHECK(escape_terminal(text) == text);
  }
  CHECK(escape_terminal("a\n\tb\r", true) == "a\n\tb\\x0d");
}

TEST_CASE("width is what a terminal shows") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("Größe") == 5);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("🙂") == 2);
}

TEST_CASE("a mistyped word leads to the nearest one, a strange one to none") {
  const std::vector<std::string> words{"install", "verify", "rotate", "show",
                                       "remove",  "up",     "dns"};
  const Pair row =
      GENERATE(Pair{"instal", "install"}, Pair{"isntall", "install"}, Pair{"verfiy", "verify"},
               Pair{"hsow", "show"}, Pair{"dsn", "dns"}, Pair{"romove", "remove"}, Pair{"xy", ""},
               Pair{"q", ""}, Pair{"", ""}, Pair{"frobnicate", ""});
  CHECK(nearest(row.from, words) == row.to);
}

TEST_CASE("long words may be mistyped once more, and the nearest of several wins") {
  CHECK(nearest("srviceentri", {"serviceentry"}) == "serviceentry");
  CHECK(nearest("game-gkf", {"game-gka", "game-gke"}) == "game-gka");  // the first of equals
  CHECK(nearest("game-gk", {"game-xyz", "game-gke"}) == "game-gke");
  CHECK(nearest(std::string(1'000'000, 'x'), {"install"}).empty());  // and at once
}

TEST_CASE("split keeps what is empty, and join is its opposite") {
  const std::string text = GENERATE("", "a", "a,b", ",a", "a,", ",", "a,,b");
  CHECK(join(split(text, ','), ",") == text);
  CHECK(split(text, ',').size() ==
        1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')));
}

TEST_CASE("base64 is that of RFC 4648, in both directions") {
  const Pair row =
      GENERATE(Pair{"", ""}, Pair{"f", "Zg=="}, Pair{"fo", "Zm8="}, Pair{"foo", "Zm9v"},
               Pair{"foob", "Zm9vYg=="}, Pair{std::string("\0\xff\xfe", 3), "AP/+"});
  CHECK(base64_encode(row.from) == row.to);
  CHECK(base64_decode(row.to) == row.from);
}

TEST_CASE("base64 of files has line ends, and nothing else in it") {
  CHECK(base64_decode("Zm9v\nYmFy\r\n ") == "foobar");
  const std::string wrong = GENERATE("Zg", "Zg=", "Zg===", "====", "Z", "Zg==Zg==", "Zm9-", "Zm_v",
                                     "Zm9v.", "=Zm9", "Zm\u00e9v");
  INFO(wrong);
  CHECK(mesh::test::code_of([&] { base64_decode(wrong); }) == "invalid-input");
}
