#include "formats/xlsx/xml_events.hpp"

#include <expat.h>

#include <exception>
#include <memory>

#include "core/base/error.hpp"

namespace recon::formats {
namespace {

std::string_view local(std::string_view name) {
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

constexpr int deepest = 100;

// What the callbacks of C share. An exception must not pass through the parser: it is kept, the
// parser stopped, and thrown again outside.
struct Parsing {
    XML_Parser parser;
    XmlHandler& handler;
    std::exception_ptr failure;
    int depth = 0;

    template <typename Call>
    void guard(Call call) noexcept {
        if (failure) return;
        try {
            call();
        } catch (...) {
            failure = std::current_exception();
            XML_StopParser(parser, XML_FALSE);
        }
    }
};

void begin_element(void* user, const char* name, const char** attributes) {
    auto& parsing = *static_cast<Parsing*>(user);
    parsing.guard([&] {
        if (++parsing.depth > deepest) {
            throw Error(ErrorKind::limit_exceeded, "the file nests deeper than 100 levels");
        }
        parsing.handler.begin(local(name), XmlAttributes(attributes));
    });
}

void end_element(void* user, const char* name) {
    auto& parsing = *static_cast<Parsing*>(user);
    --parsing.depth;
    parsing.guard([&] { parsing.handler.end(local(name)); });
}

void characters(void* user, const char* text, int length) {
    auto& parsing = *static_cast<Parsing*>(user);
    parsing.guard([&] { parsing.handler.text({text, static_cast<std::size_t>(length)}); });
}

void declared_entity(void* user, const char*, int, const char*, int, const char*, const char*,
                     const char*, const char*) {
    auto& parsing = *static_cast<Parsing*>(user);
    parsing.guard([] {
        throw Error(ErrorKind::invalid_data, "the file declares XML entities",
                    "Such files can be made to read others, or to grow without end.",
                    "Ask for a file without a document type.");
    });
}

} // namespace

std::string_view XmlAttributes::get(std::string_view name) const {
    for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
        if (local(pair[0]) == name) return pair[1];
    }
    return {};
}

void parse_xml(const std::string& what,
               const std::function<void(const std::function<void(std::string_view)>&)>& feed,
               XmlHandler& handler) {
    const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr),
                                                                         XML_ParserFree);
    if (!parser) throw std::bad_alloc();
    Parsing parsing{parser.get(), handler, nullptr};
    XML_SetUserData(parser.get(), &parsing);
    XML_SetElementHandler(parser.get(), begin_element, end_element);
    XML_SetCharacterDataHandler(parser.get(), characters);
    XML_SetEntityDeclHandler(parser.get(), declared_entity);
    const auto parse = [&](std::string_view piece, bool is_last) {
        const auto status = XML_Parse(parser.get(), piece.data(), static_cast<int>(piece.size()),
                                      is_last ? XML_TRUE : XML_FALSE);
        if (parsing.failure) std::rethrow_exception(parsing.failure);
        if (status == XML_STATUS_OK) return;
        throw Error(ErrorKind::invalid_data, what + " is not valid XML",
                    std::string("The parser says: ") +
                        XML_ErrorString(XML_GetErrorCode(parser.get())) + ".",
                    "Ask whether the export has finished, and send the file again.");
    };
    feed([&](std::string_view piece) { parse(piece, false); });
    parse({}, true);
}

} // namespace recon::formats
