// The one place that includes the server's headers. Include it after every core and standard
// header: the server's macros collide with names of the standard library.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#define RECON_BORDER 1

extern "C" {
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "windowapi.h"
}

// The library is built with hidden visibility, since the server loads libraries with global
// symbols: two libraries made of the same sources would otherwise mix their functions and state.
// Before 16 the server's macro for what is to be seen is empty.
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))

#undef _
#undef gettext
#undef ngettext
#undef dgettext
#undef dngettext
#undef printf
#undef fprintf
#undef sprintf
#undef snprintf
#undef vsnprintf
#undef strerror
