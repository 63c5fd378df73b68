// XML as events: elements by their local names, so that any prefix of a namespace will do. Entities
// of the document's own are not expanded, and nothing outside of it is read.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::formats {

// The attributes of an element, by local name.
class XmlAttributes {
  public:
    explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
    // Empty where there is none.
    [[nodiscard]] std::string_view get(std::string_view name) const;

  private:
    const char** pairs_;
};

class XmlHandler {
  public:
    XmlHandler() = default;
    virtual ~XmlHandler() = default;
    XmlHandler(const XmlHandler&) = delete;
    XmlHandler& operator=(const XmlHandler&) = delete;

    virtual void begin(std::string_view element, const XmlAttributes& attributes) = 0;
    virtual void end(std::string_view element) = 0;
    virtual void text(std::string_view piece) = 0;
};

// `feed` calls what it is given with each piece of the document. Raises invalid_data for what is no
// XML and for a document that declares entities.
void parse_xml(const std::string& what,
               const std::function<void(const std::function<void(std::string_view)>&)>& feed,
               XmlHandler& handler);

} // namespace recon::formats
