#include "runner/placement.h"

#include <gtest/gtest.h>

namespace cellar {
namespace {

PlaceFacts Place(const std::string& name, int kernels, std::optional<int> most = std::nullopt) {
  PlaceFacts place;
  place.name = name;
  place.kernels = kernels;
  place.max_kernels = most;
  return place;
}

/// The chosen gateway's name, else why there is none.
std::string Chosen(const std::vector<PlaceFacts>& places, const PlaceWish& wish) {
  const Placement choice = ChoosePlace(places, wish);
  if (choice.place) return places[*choice.place].name;
  return (choice.can_ever ? "waits for " : "lacks ") + choice.waits_for;
}

PlaceWish Any(const std::vector<PlaceFacts>& places) {
  PlaceWish wish;
  for (const PlaceFacts& place : places) wish.gateways.push_back(place.name);
  return wish;
}

TEST(PlacementTest, TakesTheLeastLoadedForItsWeight) {
  std::vector<PlaceFacts> places{Place("lab", 3), Place("farm", 5)};
  EXPECT_EQ(Chosen(places, Any(places)), "lab");
  places[1].weight = 2;
  EXPECT_EQ(Chosen(places, Any(places)), "farm");
}

TEST(PlacementTest, TakesTheFirstOfEquals) {
  const std::vector<PlaceFacts> places{Place("lab", 1), Place("farm", 1)};
  EXPECT_EQ(Chosen(places, Any(places)), "lab");
}

TEST(PlacementTest, PassesByAFullGatewayAndOneThatDoesNotAnswer) {
  std::vector<PlaceFacts> places{Place("lab", 0, 0), Place("farm", 9, 10), Place("far", 0)};
  places[2].answers = false;
  EXPECT_EQ(Chosen(places, Any(places)), "farm");
  places[1].kernels = 10;
  EXPECT_EQ(Chosen(places, Any(places)), "waits for gateway far does not answer");
  places[2].answers = true;
  places[2].max_kernels = 0;
  EXPECT_EQ(Chosen(places, Any(places)), "waits for a free kernel on far");
}

TEST(PlacementTest, GoesOnlyWhereLabelsAndKernelspecAre) {
  std::vector<PlaceFacts> places{Place("lab", 0), Place("farm", 5)};
  places[1].labels = {"big", "gpu"};
  PlaceWish wish = Any(places);
  wish.labels = {"gpu"};
  EXPECT_EQ(Chosen(places, wish), "farm");
  wish.kernelspec = "ir";
  EXPECT_EQ(Chosen(places, wish), "farm");  // nobody knows yet what it has
  places[1].kernelspecs = {"python3"};
  EXPECT_EQ(Chosen(places, wish), "lacks the kernelspec 'ir'");
}

TEST(PlacementTest, AwaitsTheKernelspecsWhereThereIsAChoice) {
  std::vector<PlaceFacts> places{Place("lab", 0), Place("farm", 5)};
  places[0].is_asked = true;
  PlaceWish wish = Any(places);
  EXPECT_EQ(Chosen(places, wish), "lab");  // every gateway has a default
  wish.kernelspec = "ir";
  EXPECT_EQ(Chosen(places, wish), "farm");  // it was asked, and would not tell
  places[1].is_asked = true;
  EXPECT_EQ(Chosen(places, wish), "waits for an answer of gateway farm");
  places[1].kernelspecs = {"ir"};
  EXPECT_EQ(Chosen(places, wish), "farm");
  wish.gateways = {"lab"};
  EXPECT_EQ(Chosen(places, wish), "lab");
}

TEST(PlacementTest, FindsAKernelOfTheLanguage) {
  std::vector<PlaceFacts> places{Place("lab", 0), Place("farm", 5)};
  places[0].kernelspecs = {"python3"};
  places[0].languages = {"python"};
  places[1].kernelspecs = {"ir"};
  places[1].languages = {"r"};
  PlaceWish wish = Any(places);
  wish.language = "r";
  EXPECT_EQ(Chosen(places, wish), "farm");
  wish.language = "julia";
  EXPECT_EQ(Chosen(places, wish), "lacks a kernel for 'julia'");
}

TEST(PlacementTest, PrefersAWarmKernelAmongEquals) {
  std::vector<PlaceFacts> places{Place("lab", 1), Place("farm", 1)};
  places[1].is_warm = true;
  EXPECT_EQ(Chosen(places, Any(places)), "farm");
  places[1].kernels = 2;
  EXPECT_EQ(Chosen(places, Any(places)), "lab");
}

TEST(PlacementTest, KeepsToTheGatewayThatIsNamed) {
  const std::vector<PlaceFacts> places{Place("lab", 0), Place("farm", 5)};
  PlaceWish wish;
  wish.gateways = {"farm"};
  EXPECT_EQ(Chosen(places, wish), "farm");
  wish.gateways = {"moon"};
  EXPECT_EQ(Chosen(places, wish), "lacks a gateway that this worker knows");
}

}  // namespace
}  // namespace cellar
