// Outputs as HTML: what is shown, and that nothing a kernel sends can get out of its place.
#include "runner/review/html_output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runner/review/html_text.h"
#include "runner/review/markdown_html.h"
#include "runner/review/source_html.h"
#include "runner/review/terminal_text.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

std::string ShownOutput(const Json& body) {
  OutputRecord output;
  output.body = body;
  return OutputHtml(output, "output 0 of cell 1");
}
std::string ShownData(const Json& data, const Json& metadata = Json::object()) {
  return ShownOutput({{"output_type", "display_data"}, {"data", data}, {"metadata", metadata}});
}
std::string Styled(std::string_view text) { return StyledHtml(TerminalView(text, Colours::kKeep)); }
bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(HtmlTextTest, EscapesWhatHtmlWouldObey) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\" id='y'>&amp;"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(EscapeHtml(std::string("a\x1b[31m\0b\xff\r\n", 11)),
            "a\uFFFD[31m\uFFFD"
            "b\uFFFD\n");
}

TEST(HtmlTextTest, MakesSpansOfColours) {
  EXPECT_EQ(Styled("\x1b[1;31mno\x1b[0m <b>"), "<span class=\"b c1\">no</span> &lt;b&gt;");
  EXPECT_EQ(Styled("\x1b[38;5;208mo\x1b[48;2;1;2;3mx"),
            "<span style=\"color:#ff8700;\">o</span>"
            "<span style=\"color:#ff8700;background-color:#010203;\">x</span>");
  EXPECT_EQ(Styled("\x1b[38;5;250mg"), "<span style=\"color:#bcbcbc;\">g</span>");
  EXPECT_EQ(Styled("\x1b[7mr\x1b[31;42mx"),
            "<span class=\"rev\">r</span><span class=\"c2 g1\">x</span>");
}

TEST(MarkdownHtmlTest, RendersTablesListsAndCode) {
  EXPECT_EQ(
      MarkdownHtml("**b** $x^2$\n\n|a|b|\n|---|---|\n|1|2|\n"),
      "<p><strong>b</strong> $x^2$</p>\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n"
      "</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n");
}

TEST(MarkdownHtmlTest, ShowsHtmlAsText) {
  for (const char* text : {"<script>alert(1)</script>", "a <img src=x onerror=alert(1)>",
                           "<svg/onload=alert(1)>", "<a href=\"javascript:alert(1)\">x</a>"}) {
    const std::string html = MarkdownHtml(text);
    EXPECT_TRUE(Has(html, "&lt;")) << html;
    for (const char* tag : {"<script", "<img", "<svg", "<a"}) EXPECT_FALSE(Has(html, tag)) << html;
  }
}

TEST(MarkdownHtmlTest, LinksOnlyToTheWebAndToMail) {
  EXPECT_EQ(MarkdownHtml("[x](https://a.example/?a=1&b=2 \"t\")"),
            "<p><a rel=\"noopener noreferrer\" href=\"https://a.example/?a=1&amp;b=2\" "
            "title=\"t\">x</a></p>\n");
  EXPECT_TRUE(Has(MarkdownHtml("<mailto:a@b.example>"), "href=\"mailto:a@b.example\""));
  for (const char* url :
       {"javascript:alert(1)", "JaVaScRiPt:alert(1)", "&#106;avascript:alert(1)",
        "java\\tscript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x",
        "file:///etc/passwd", "//evil.example/", "../secret.html", "\x01javascript:alert(1)"}) {
    const std::string html = MarkdownHtml(std::string("[x](<") + url + ">)");
    EXPECT_FALSE(Has(html, "href")) << html;
  }
}

TEST(MarkdownHtmlTest, ShowsOnlyPicturesThatTheTextHolds) {
  EXPECT_EQ(MarkdownHtml("![p](data:image/png;base64,iVBORw0KGgo=)"),
            "<p><img src=\"data:image/png;base64,iVBORw0KGgo=\" alt=\"p\"></p>\n");
  for (const char* url : {"http://evil.example/x.png",
                          "data:image/svg+xml;base64,PHN2Zz4=", "x\" onerror=\"alert(1)"}) {
    const std::string html = MarkdownHtml(std::string("![p](<") + url + ">)");
    EXPECT_FALSE(Has(html, "src=")) << html;
    EXPECT_FALSE(Has(html, "onerror=\"")) << html;
  }
}

TEST(MarkdownHtmlTest, LetsNoControlCharacterThrough) {
  EXPECT_EQ(MarkdownHtml("a&#27;&#x9b;b"), "<p>a\uFFFD\uFFFDb</p>\n");
}

TEST(SourceHtmlTest, MarksPythonAndTheFailingLine) {
  EXPECT_EQ(
      SourceHtml("def f(x1):  # <why>\n    return 'a\\'<' + 12", "python", 2),
      "<span class=\"l\"><span class=\"k\">def</span> f(x1):  "
      "<span class=\"r\"># &lt;why&gt;</span>\n</span>"
      "<span class=\"l bad\">    <span class=\"k\">return</span> "
      "<span class=\"q\">&#39;a\\&#39;&lt;&#39;</span> + <span class=\"n\">12</span>\n</span>");
}

TEST(SourceHtmlTest, KnowsTextsOfSeveralLines) {
  EXPECT_EQ(SourceHtml("a = \"\"\"one\ntwo # not\"\"\"  # yes", "python", std::nullopt),
            "<span class=\"l\">a = <span class=\"q\">&quot;&quot;&quot;one</span>\n</span>"
            "<span class=\"l\"><span class=\"q\">two # not&quot;&quot;&quot;</span>  "
            "<span class=\"r\"># yes</span>\n</span>");
}

TEST(SourceHtmlTest, LeavesOtherLanguagesPlain) {
  EXPECT_EQ(SourceHtml("for (i in 1:3) {}\x1b]0;t\x07", "r", std::nullopt),
            "<span class=\"l\">for (i in 1:3) {}\n</span>");
}

TEST(HtmlOutputTest, ShowsStreamsAsATerminalWould) {
  EXPECT_EQ(
      ShownOutput({{"output_type", "stream"}, {"name", "stdout"}, {"text", "10%\r<b>\x1b[32mok"}}),
      "<pre class=\"stream\" tabindex=\"0\">&lt;b&gt;<span class=\"c2\">ok</span>\n</pre>\n");
  EXPECT_TRUE(Has(ShownOutput({{"output_type", "stream"}, {"name", "stderr"}, {"text", "x"}}),
                  "class=\"stream stderr\""));
  EXPECT_EQ(ShownOutput({{"output_type", "stream"}, {"name", "stdout"}, {"text", ""}}), "");
}

TEST(HtmlOutputTest, PutsHtmlIntoAFrameThatMayDoNothing) {
  const std::string html = ShownData(
      {{"text/plain", "x"}, {"text/html", "<b title=\"q\">x</b><script>evil()</script>"}});
  EXPECT_EQ(html.rfind("<iframe sandbox=\"\" referrerpolicy=\"no-referrer\" "
                       "title=\"output 0 of cell 1\" style=\"height:",
                       0),
            0U)
      << html;
  EXPECT_TRUE(Has(html, "Content-Security-Policy&quot; content=&quot;default-src &#39;none&#39;"));
  EXPECT_TRUE(Has(html, "&lt;b title=&quot;q&quot;&gt;x&lt;/b&gt;")) << html;
  EXPECT_FALSE(Has(html, "<script"));
  EXPECT_TRUE(Has(html, "scripts, which are not run here"));
}

TEST(HtmlOutputTest, ShowsPicturesFromWithin) {
  EXPECT_EQ(ShownData({{"text/plain", "<Figure>"}, {"image/png", "iVBOR\nw0KGgo=\n"}},
                      {{"image/png", {{"width", 640}, {"height", "x\" onload=\"y"}}}}),
            "<img class=\"picture\" alt=\"output 0 of cell 1\" width=\"640\" "
            "src=\"data:image/png;base64,iVBORw0KGgo=\">\n");
  EXPECT_EQ(ShownData({{"image/svg+xml", "<svg onload=\"evil()\"/>"}}),
            "<img class=\"picture\" alt=\"output 0 of cell 1\" "
            "src=\"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImV2aWwoKSIvPg==\">\n");
  EXPECT_EQ(ShownData({{"image/png", "x\" onerror=\"evil()"}}),
            "<p class=\"note\">image/png, 18 B: it is not base64</p>\n");
}

TEST(HtmlOutputTest, ShowsJsonLatexAndTextAsTheyAre) {
  EXPECT_EQ(
      ShownData({{"text/plain", "<JSON>"}, {"application/json", {{"a", {1, "<"}}}}}),
      "<pre class=\"json\" tabindex=\"0\">{\n  &quot;a&quot;: [\n    1,\n    &quot;&lt;&quot;\n"
      "  ]\n}</pre>\n");
  EXPECT_EQ(ShownData({{"text/latex", "$\\frac<1$"}}),
            "<pre class=\"latex\" tabindex=\"0\">$\\frac&lt;1$</pre>\n");
  EXPECT_EQ(ShownData({{"text/plain", {"a\n", "b"}}}),
            "<pre class=\"text\" tabindex=\"0\">a\nb</pre>\n");
}

TEST(HtmlOutputTest, NeverShowsAScriptAndNamesWhatItDoesNotKnow) {
  EXPECT_EQ(ShownData({{"application/javascript", "evil()"}}),
            "<p class=\"note\">nothing in this output can be shown</p>\n");
  EXPECT_TRUE(
      Has(ShownData({{"application/javascript", "evil()"}, {"text/plain", "<JS>"}}), "&lt;JS&gt;"));
  EXPECT_EQ(ShownData({{"video/<mp4>", "AAAA"}}),
            "<p class=\"note\">video/&lt;mp4&gt;, 4 B: not shown here</p>\n");
}

}  // namespace
}  // namespace cellar
