#include "runner/gateway/url.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "jobs/error.h"
#include "runner/gateway/address.h"

namespace cellar {
namespace {

std::string Shown(const std::string& text) {
  try {
    const Url url = ParseUrl(text);
    return fmt::format("{} {} {} `{}`", url.tls ? "https" : "http", url.host, url.port, url.base);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
}

TEST(UrlTest, TakesSchemeHostPortAndBasePathApart) {
  EXPECT_EQ(Shown("http://127.0.0.1:8888"), "http 127.0.0.1 8888 ``");
  EXPECT_EQ(Shown("http://127.0.0.1:8888/"), "http 127.0.0.1 8888 ``");
  EXPECT_EQ(Shown("https://lab.example/base/path//"), "https lab.example 443 `/base/path`");
  EXPECT_EQ(Shown("HTTPS://Lab.Example/User/Alice"), "https lab.example 443 `/User/Alice`");
  EXPECT_EQ(Shown("http://lab_1"), "http lab_1 80 ``");
  EXPECT_EQ(Shown("http://[::1]:9000/x%20y"), "http ::1 9000 `/x%20y`");
  EXPECT_EQ(Shown("https://[2001:DB8::1]"), "https 2001:DB8::1 443 ``");
  EXPECT_EQ(Shown("http://h:00080"), "http h 80 ``");
}

TEST(UrlTest, RefusesWhatIsNoGatewayUrl) {
  const std::string scheme =
      "gateway URL: it must begin with http:// or https://, as in https://lab.example/base/";
  EXPECT_EQ(Shown(""), scheme);
  EXPECT_EQ(Shown("lab"), scheme);
  EXPECT_EQ(Shown("ws://lab"), scheme);
  EXPECT_EQ(Shown("://lab"), scheme);
  EXPECT_EQ(Shown("http://"), "gateway URL: `http://`: it names no host");
  EXPECT_EQ(Shown("http://:80/"), "gateway URL: `http://:80/`: it names no host");
  EXPECT_EQ(Shown("http://[]/"), "gateway URL: `http://[]/`: it names no host");
  EXPECT_EQ(Shown("http://[::1"),
            "gateway URL: `http://[::1`: the `[` of the host is never closed");
  EXPECT_EQ(Shown("http://[::1]8"), "gateway URL: `http://[::1]8`: unexpected text after `]`");
  EXPECT_EQ(Shown("http://[fe80::1%25eth0]"),
            "gateway URL: `http://[fe80::1%25eth0]`: no IPv6 address in `[ ]`");
  EXPECT_EQ(Shown("http://[a/b]"),
            "gateway URL: `http://[a/b]`: the `[` of the host is never closed");
  EXPECT_EQ(Shown("http://a,b"),
            "gateway URL: `http://a,b`: the host has a character that no host name has");
  for (const std::string port : {"", "x", "0", "65536", "-1", "+1", "99999999999"}) {
    const std::string url = "http://h:" + port;
    EXPECT_EQ(Shown(url), "gateway URL: `" + url + "`: `" + port +
                              "` is no port; a port is a number from 1 to 65535");
  }
  for (const std::string url :
       {"http://h/a b", "http://h /", "http://h/\r\nX: y", "http://h/\xc3\xa9"}) {
    EXPECT_EQ(Shown(url),
              "gateway URL: it has a space or another character that must be percent-encoded");
  }
}

TEST(UrlTest, DoesNotRepeatAUrlThatMayHoldASecret) {
  EXPECT_EQ(Shown("https://me:secret@lab.example/"),
            "gateway URL: it holds a user name or password; give the token in CELLAR_TOKEN, "
            "CELLAR_TOKEN_FILE or the configuration's token_env or token_file");
  const std::string query =
      "gateway URL: it has a `?` or `#` part; give the URL without it, and the token in "
      "CELLAR_TOKEN, CELLAR_TOKEN_FILE or the configuration's token_env or token_file";
  EXPECT_EQ(Shown("http://127.0.0.1:8888/?token=secret"), query);
  EXPECT_EQ(Shown("http://127.0.0.1:8888?token=secret"), query);
  EXPECT_EQ(Shown("http://127.0.0.1:8888/lab#secret"), query);
}

TEST(UrlTest, LeavesTheSchemesOwnPortOutOfTheAuthority) {
  EXPECT_EQ(ParseUrl("http://h:80").Authority(), "h");
  EXPECT_EQ(ParseUrl("https://h:443").Authority(), "h");
  EXPECT_EQ(ParseUrl("http://h:443").Authority(), "h:443");
  EXPECT_EQ(ParseUrl("https://[::1]").Authority(), "[::1]");
  EXPECT_EQ(ParseUrl("http://[::1]:8888").Authority(), "[::1]:8888");
}

TEST(UrlTest, KnowsThisMachineByItsNames) {
  for (const char* here : {"http://localhost", "http://LOCALHOST", "http://a.localhost",
                           "http://127.0.0.1", "http://127.9.8.7", "http://[::1]"}) {
    EXPECT_TRUE(ParseUrl(here).IsLoopback()) << here;
  }
  for (const char* elsewhere : {"http://lab", "http://127.0.0.1.example", "http://127.evil",
                                "http://localhost.example", "http://10.0.0.1", "http://[::2]"}) {
    EXPECT_FALSE(ParseUrl(elsewhere).IsLoopback()) << elsewhere;
  }
}

std::string Usable(GatewayAddress address) {
  try {
    UsableUrl(address);
    return "usable";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
}

TEST(UrlTest, KeepsATokenFromTravellingInTheClear) {
  GatewayAddress address;
  address.name = "lab";
  address.url = "http://lab.example";
  address.token = "secret";
  EXPECT_EQ(Usable(address),
            "gateway lab (http://lab.example): the token would travel in the clear to another "
            "machine; use https://, a tunnel to a loopback port, or allow_plaintext = true");
  address.allow_plaintext = true;
  EXPECT_EQ(Usable(address), "usable");
  address.allow_plaintext = false;
  address.url = "http://localhost:8888";
  EXPECT_EQ(Usable(address), "usable");
  address.url = "https://lab.example";
  EXPECT_EQ(Usable(address), "usable");
  address.url = "http://lab.example";
  address.token = "";
  EXPECT_EQ(Usable(address), "usable");
}

TEST(UrlTest, RefusesATokenThatCannotStandInAHeader) {
  GatewayAddress address;
  address.url = "http://localhost";
  address.token_hint = "LAB_TOKEN";
  for (const std::string token : {"se cret", "secret\n", "secret\r\nX-Evil: 1", "s\xc3\xa9"}) {
    address.token = token;
    EXPECT_EQ(Usable(address),
              "gateway http://localhost: the token in LAB_TOKEN has a space, a line end or another "
              "character that no token has");
  }
}

TEST(UrlTest, EncodesAllButUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a/b?c d\n\xff"), "a%2Fb%3Fc%20d%0A%FF");
}

}  // namespace
}  // namespace cellar
