// libFuzzer over every type that is read back from bytes (test/core/hostile_values.hpp).
//   fuzz_hostile_bytes --list             the types
//   fuzz_hostile_bytes --samples FOLDER   writes the samples of $RECON_FUZZ_TYPE, to start from
//   fuzz_hostile_bytes FOLDER [-options]  searches that type; a finding is written as crash-*
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string_view>

#include "hostile_values.hpp"

namespace {

recon::HostileValue selected;

recon::HostileValue select_type() {
    const char* const name = std::getenv("RECON_FUZZ_TYPE");
    for (auto& value : recon::hostile_values()) {
        if (name != nullptr && value.name == name) return value;
    }
    std::cerr << "set RECON_FUZZ_TYPE to a type that --list prints\n";
    std::exit(2);
}

void write_samples(const std::string& folder) {
    for (std::size_t i = 0; i < selected.samples.size(); ++i) {
        const auto& sample = selected.samples[i];
        std::ofstream file(folder + "/sample-" + std::to_string(i), std::ios::binary);
        file.write(reinterpret_cast<const char*>(sample.data()), std::ssize(sample));
    }
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
    const std::string_view command = *argc > 1 ? (*argv)[1] : "";
    if (command == "--list") {
        for (const auto& value : recon::hostile_values()) {
            std::cout << value.name << "\n";
        }
        std::exit(0);
    }
    selected = select_type();
    if (command == "--samples" && *argc > 2) {
        write_samples((*argv)[2]);
        std::exit(0);
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    selected.read({reinterpret_cast<const std::byte*>(data), size});
    return 0;
}
