/* SPDX-License-Identifier: Apache-2.0 */
/* Shared libraries that are loaded when they are needed. */
#include "base/base.h"

#include <dlfcn.h>
#include <string.h>

bool wb_library_load(const char *name, const struct wb_library_function *functions, size_t count,
                     void *table, struct wb_error *err)
{
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return wb_error_set(err, WB_SYSTEM, "cannot load a library: %s", dlerror());
    for (size_t i = 0; i < count; i++) {
        const void *function = dlsym(handle, functions[i].name);
        if (function == NULL)
            return wb_error_set(err, WB_SYSTEM, "%s has no %s", name, functions[i].name);
        memcpy((char *)table + functions[i].offset, &function, sizeof function);
    }
    return true;
}
