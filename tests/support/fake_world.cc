#include "tests/support/fake_world.h"

#include "tests/support/fake_kernel.h"
#include "tests/support/fake_process.h"

namespace cellar {

FakeWorld::FakeWorld(FakeGatewayOptions chosen) : options(std::move(chosen)) {}

FakeWorld::~FakeWorld() { Stop(); }

void FakeWorld::Notify() {
  changed.notify_all();
  wake_server();
}

FakeKernel& FakeWorld::StartKernel(const std::string& kernelspec) {
  all_kernels.push_back(std::make_unique<FakeKernel>(*this, MakeUuid(), kernelspec));
  FakeKernel& kernel = *all_kernels.back();
  kernels[kernel.id()] = &kernel;
  kernel.StartProcess();
  Notify();
  return kernel;
}

void FakeWorld::Stop() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
    changed.notify_all();
  }
  processes.clear();
}

}  // namespace cellar
