// The gateways on which the same attempts are made: the fake one, and Debian's jupyter-server with
// ipykernel or IRkernel. The same cells in the language of each, and what may happen to a kernel.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "runner/gateway/address.h"

namespace cellar {

struct SubjectCells {
  std::string hello;   // prints "hello"
  std::string raise;   // says "before", then raises ValueError("bad") as far as there are such
  std::string raised;  // how a transcript shows that
  std::string hang;    // until it is interrupted, without a word
  std::string hung;    // how a transcript shows the interrupt
  std::string freeze;  // says "ready" and works on
  std::string set;     // state for `get`
  std::string get;     // prints the "kept" that `set` left; raises without it
  // Not for every subject.
  std::string stubborn = {};  // says "ready" and ignores interrupts
  std::string leave = {};     // exit()
  std::string crash = {};     // ends the process
  std::string bar = {};       // display_data "0" that `finish` can update
  std::string finish = {};    // updates it to "100"
  std::string clears = {};    // prints "1", clears, prints "2", clears with wait
  std::string ticks = {};     // tick 1 to 6, waits until OpenGate, tick 7 to 12
};

class AttemptSubject {
 public:
  virtual ~AttemptSubject() = default;
  virtual GatewayAddress Address() const = 0;
  virtual std::string Kernelspec() const { return ""; }
  virtual SubjectCells Cells() const = 0;
  virtual void OpenGate() = 0;
  virtual bool HasKernels() const = 0;

  // The only kernel.
  virtual void Kill() = 0;
  virtual void Freeze() = 0;
  virtual void RestartByAnother() = 0;
  virtual void DeleteByAnother() = 0;
};

struct AttemptSubjectMaker {
  std::string name;
  std::function<std::unique_ptr<AttemptSubject>()> make;
};

void PrintTo(const AttemptSubjectMaker& maker, std::ostream* out);

AttemptSubjectMaker OnFakeGateway();
AttemptSubjectMaker OnFakeGatewayWithoutV1();
AttemptSubjectMaker OnIpykernel();
AttemptSubjectMaker OnIrkernel();

}  // namespace cellar
