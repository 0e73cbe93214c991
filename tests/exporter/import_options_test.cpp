// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of the subcommand import.
#include "import_options.hpp"

#include "support/catch.hpp"

namespace iptraf {
namespace {

importer::ImportSettings parse(const std::vector<std::string>& arguments) {
  return std::get<importer::ImportSettings>(parse_import_options(arguments));
}

}  // namespace

TEST_CASE("Logs are named one by one or as a shell writes a pattern", "[import]") {
  using Names = std::vector<std::string>;
  CHECK(parse({"--from=a", "--from=b", "--to=rrd"}).logs == Names{"a", "b"});
  CHECK(parse({"--from", "a", "b", "c", "--to", "rrd"}).logs == Names{"a", "b", "c"});
  CHECK(parse({"--to", "rrd", "--from=a", "b"}).logs == Names{"a", "b"});
  CHECK_THROWS_WITH(parse({"--from=a", "--to", "rrd", "b"}), "unexpected argument \"b\"; every setting is a --flag");
}

TEST_CASE("All flags of the import are read", "[import]") {
  const auto settings =
      parse({"--from=a", "--to=openmetrics", "--device=eth0", "--timezone=Europe/Vienna", "--output=x"});
  CHECK(settings.target == importer::Target::kOpenMetrics);
  CHECK(settings.device == "eth0");
  CHECK(settings.time_zone == "Europe/Vienna");
  CHECK(settings.output == "x");
  CHECK(parse({"--from=a", "--to=rrd"}).target == importer::Target::kRrd);
}

TEST_CASE("What is missing or wrong on the import's command line is named", "[import]") {
  CHECK_THROWS_WITH(parse({}), "import needs --from=LOG, a log of IPTraf; see import --help");
  CHECK_THROWS_WITH(parse({"--from=a"}), "import needs --to=rrd or --to=openmetrics; see import --help");
  CHECK_THROWS_WITH(parse({"--from=a", "--to=csv"}), "--to: expected rrd or openmetrics, got \"csv\"");
  CHECK_THROWS_WITH(parse({"--from=a", "--to=rrd", "--devise=x"}), "unknown flag --devise; did you mean \"--device\"?");
  CHECK_THROWS_WITH(parse({"--from=a", "--to=rrd", "--to=rrd"}), "--to can be given only once");
  CHECK_THROWS_WITH(parse({"--from=a", "--to=rrd", "--device="}), "--device needs a value");
}

TEST_CASE("The import's help shows its flags", "[import]") {
  const auto help = std::get<Information>(parse_import_options({"--help"})).text;
  for (const char* flag :
       {"--from=LOG", "--to=rrd|openmetrics", "--output=FILE or DIR", "--device=NAME", "--timezone=TZ"}) {
    CHECK(help.find(flag) != std::string::npos);
  }
}

}  // namespace iptraf
