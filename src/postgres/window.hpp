// The server's window interface: one call per row, in the window's order, with a state that lives
// as long as the partition.
#pragma once

#include "postgres/memory.hpp"

namespace recon::postgres {

// What every row asks of the server, in one guarded call.
struct WindowRow {
    WindowObject window;
    void** state; // of this partition; null at its first row
    NullableDatum first_argument;
    bool begins_place; // false where the ORDER BY cannot tell it from the row before
};

// Goes on to the row of this call, and lets the server forget the rows before it.
[[nodiscard]] inline WindowRow next_window_row(FunctionCallInfo fcinfo) {
    return guarded([=] {
        WindowRow row{};
        row.window = PG_WINDOW_OBJECT();
        row.state = static_cast<void**>(WinGetPartitionLocalMemory(row.window, sizeof(void*)));
        row.first_argument.value = WinGetFuncArgCurrent(row.window, 0, &row.first_argument.isnull);
        const int64 position = WinGetCurrentPosition(row.window);
        row.begins_place = position == 0 || !WinRowsArePeers(row.window, position - 1, position);
        WinSetMarkPosition(row.window, position);
        return row;
    });
}

// An argument of the current row; the rest of the arguments are options.
[[nodiscard]] inline NullableDatum window_argument(WindowObject window, int at) {
    return guarded([=] {
        NullableDatum argument{};
        argument.value = WinGetFuncArgCurrent(window, at, &argument.isnull);
        return argument;
    });
}

// An object that is destroyed with the partition.
template <typename T, typename... Parameters>
T* make_in_partition(const WindowRow& row, Parameters&&... parameters) {
    return make_in_context<T>(GetMemoryChunkContext(row.state),
                              std::forward<Parameters>(parameters)...);
}

} // namespace recon::postgres
