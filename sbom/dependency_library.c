/* SPDX-License-Identifier: Apache-2.0 */
/* libsolv, loaded when packages are first resolved: most commands have none to resolve. */
#include "sbom/dependency_private.h"

#include <stddef.h>

/* WAYBILL_LIBSOLV and WAYBILL_LIBSOLVEXT are the names of the libraries whose headers this was
 * compiled with. */

/* Loading a library again costs microseconds; it is never unloaded. */
static bool load(const char *name, const struct wb_library_function *functions, size_t count,
                 struct wb_solv_library *solv, struct wb_error *err)
{
    return wb_library_load(name, functions, count, solv, err) ||
           wb_error_context(err, "dependencies are resolved with libsolv");
}

bool wb_solv_load(struct wb_solv_library *solv, struct wb_error *err)
{
    static const struct wb_library_function functions[] = {
        {"pool_create", offsetof(struct wb_solv_library, create)},
        {"pool_free", offsetof(struct wb_solv_library, free)},
        {"pool_setdisttype", offsetof(struct wb_solv_library, set_kind)},
        {"pool_set_installed", offsetof(struct wb_solv_library, set_installed)},
        {"repo_create", offsetof(struct wb_solv_library, create_repository)},
        {"repo_add_solvable_block", offsetof(struct wb_solv_library, add_solvables)},
        {"repo_reserve_ids", offsetof(struct wb_solv_library, reserve)},
        {"pool_str2id", offsetof(struct wb_solv_library, string_id)},
        {"pool_rel2id", offsetof(struct wb_solv_library, relation_id)},
        {"pool_addfileprovides", offsetof(struct wb_solv_library, add_files)},
        {"pool_createwhatprovides", offsetof(struct wb_solv_library, index_provides)},
        {"pool_addrelproviders", offsetof(struct wb_solv_library, find_providers)},
    };
    return load(WAYBILL_LIBSOLV, functions, sizeof functions / sizeof functions[0], solv, err);
}

bool wb_solv_load_readers(struct wb_solv_library *solv, struct wb_error *err)
{
    static const struct wb_library_function functions[] = {
        {"pool_parserpmrichdep", offsetof(struct wb_solv_library, parse_rich)},
        {"rpm_state_create", offsetof(struct wb_solv_library, create_state)},
        {"rpm_state_free", offsetof(struct wb_solv_library, free_state)},
        {"rpm_byrpmh", offsetof(struct wb_solv_library, by_header)},
        {"repo_add_rpm_handle", offsetof(struct wb_solv_library, add_handle)},
        {"repo_add_debpackages", offsetof(struct wb_solv_library, add_stanzas)},
    };
    return load(WAYBILL_LIBSOLVEXT, functions, sizeof functions / sizeof functions[0], solv, err);
}
