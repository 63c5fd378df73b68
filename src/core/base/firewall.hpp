// Included by every header at the root of src/core. The core is tested alone and must be usable
// without a server, so nothing below src/core may have seen postgres.h.
#pragma once

#if defined(PG_VERSION_NUM) && !defined(RECON_BORDER)
#error "src/core must not include PostgreSQL headers; only src/postgres and src/functions may"
#endif
