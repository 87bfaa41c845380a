/* SPDX-License-Identifier: Apache-2.0 */
/* What is handed to libsolv, against what libsolv's own readers make of the same databases:
 * rpm_byrpmh of each header, repo_add_debpackages of a status file. */
#include "sbom/dependency_private.h"
#include "sbom/rpm_private.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <solv/repo_deb.h>
#include <solv/repo_rpmdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT ((size_t)64 << 20)

/* Both of libsolv's libraries; functions that waybill itself does not call. */
struct oracle {
    void *core, *extension;
    struct wb_solv_library solv;
    Pool *pool;
    Repo *repository;
    void *rpm_state;
    struct wb_bom *bom;
    struct wb_package_list list;
    Id solvables[4096]; /* beside list */
};

#define FUNCTION(library, name) ((__typeof__(&name))(uintptr_t)dlsym((library), #name))

static void open_oracle(struct oracle *oracle, int kind)
{
    struct wb_error err = WB_ERROR_INIT;
    *oracle = (struct oracle){.bom = wb_bom_new()};
    assert_true(wb_solv_load(&oracle->solv, &err));
    oracle->core = dlopen("libsolv.so.1", RTLD_NOW);
    oracle->extension = dlopen("libsolvext.so.1", RTLD_NOW);
    if (oracle->core == NULL || oracle->extension == NULL) {
        print_message("SKIPPED: no libsolv.so.1\n");
        skip();
    }
    oracle->pool = oracle->solv.create();
    oracle->solv.set_kind(oracle->pool, kind);
    oracle->repository = oracle->solv.create_repository(oracle->pool, "theirs");
    oracle->rpm_state = FUNCTION(oracle->extension, rpm_state_create)(oracle->pool, NULL);
}

static void close_oracle(struct oracle *oracle)
{
    FUNCTION(oracle->extension, rpm_state_free)(oracle->rpm_state);
    oracle->solv.free(oracle->pool);
    wb_package_list_clear(&oracle->list);
    wb_bom_free(oracle->bom);
}

/* ---- relations as text ---- */

struct texts {
    char **items;
    size_t count, capacity;
};

static void texts_clear(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
}

/* Epoch 0 and revision 0 are what a version has that states none; `:any` is not libsolv's to judge
 * here. */
static void add_text(struct texts *texts, const char *text)
{
    WB_AUTO_VALUE(wb_buffer) plain = {0};
    for (const char *at = text; *at != '\0'; at++) {
        bool begins = at > text && at[-1] == ' ';
        if (begins && wb_text_starts_with(at, "0:"))
            at += 2;
        if (wb_text_starts_with(at, "-0") && (at[2] == '\0' || at[2] == ' '))
            at += 2;
        if (wb_text_starts_with(at, ":any"))
            at += strlen(":any");
        if (*at == '\0')
            break;
        wb_buffer_append(&plain, at, 1);
    }
    WB_APPEND(texts->items, texts->count, texts->capacity, wb_buffer_steal_text(&plain));
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static char *join(struct texts *texts)
{
    WB_AUTO_VALUE(wb_buffer) joined = {0};
    if (texts->count > 1)
        qsort(texts->items, texts->count, sizeof *texts->items, compare_texts);
    for (size_t i = 0; i < texts->count; i++)
        if (i == 0 || strcmp(texts->items[i], texts->items[i - 1]) != 0)
            wb_buffer_append_format(&joined, "%s\n", texts->items[i]);
    return wb_buffer_steal_text(&joined);
}

static char *theirs(const struct oracle *oracle, Id solvable, Id key)
{
    struct texts texts = {0};
    Queue queue;
    FUNCTION(oracle->core, queue_init)(&queue);
    FUNCTION(oracle->core, solvable_lookup_deparray)
    (oracle->pool->solvables + solvable, key, &queue, 0);
    for (int i = 0; i < queue.count; i++) {
        const char *text = FUNCTION(oracle->core, pool_dep2str)(oracle->pool, queue.elements[i]);
        if (queue.elements[i] != SOLVABLE_PREREQMARKER && !wb_text_starts_with(text, "rpmlib("))
            add_text(&texts, text);
    }
    FUNCTION(oracle->core, queue_free)(&queue);
    char *joined = join(&texts);
    texts_clear(&texts);
    return joined;
}

static char *ours(const struct oracle *oracle, const struct wb_dependency_pool *pool, size_t index,
                  Id key)
{
    struct texts texts = {0};
    WB_AUTO_VALUE(wb_buffer) group = {0};
    const struct wb_package *package = pool->packages[index];
    for (size_t i = 0; i < package->relation_count; i++) {
        const struct wb_relation *relation = &package->relations[i];
        bool wanted = key == SOLVABLE_REQUIRES ? relation->kind == WB_RELATION_DEPENDS ||
                                                     relation->kind == WB_RELATION_PRE_DEPENDS
                                               : relation->kind == WB_RELATION_PROVIDES;
        if (!wanted || pool->relations[index][i] == 0)
            continue;
        wb_buffer_append_text(
            &group, FUNCTION(oracle->core, pool_dep2str)(pool->pool, pool->relations[index][i]));
        bool goes_on = i + 1 < package->relation_count && relation[1].kind == relation->kind &&
                       relation[1].group == relation->group;
        wb_buffer_append_text(&group, goes_on ? " | " : "");
        if (!goes_on)
            add_text(&texts, (const char *)group.data);
        group.size = goes_on ? group.size : 0;
    }
    WB_AUTO_STRING self = wb_string_format("%s = %s", package->name, package->evr);
    if (key == SOLVABLE_PROVIDES)
        add_text(&texts, self);
    char *joined = join(&texts);
    texts_clear(&texts);
    return joined;
}

static void compare(struct oracle *oracle, enum wb_package_kind kind)
{
    WB_AUTO_VALUE(wb_dependency_pool) pool = {0};
    struct wb_error err = WB_ERROR_INIT;
    static const Id keys[] = {SOLVABLE_REQUIRES, SOLVABLE_PROVIDES};
    size_t compared = 0;
    oracle->bom->packages = oracle->list.packages;
    oracle->bom->package_count = oracle->list.count;
    assert_true(wb_dependency_pool_fill(&pool, oracle->bom, NULL, kind, &err));
    oracle->bom->packages = NULL;
    oracle->bom->package_count = 0;
    for (size_t i = 0; i < pool.count; i++)
        for (size_t j = 0; j < 2 && oracle->solvables[i] != 0; j++) {
            WB_AUTO_STRING expected = theirs(oracle, oracle->solvables[i], keys[j]);
            WB_AUTO_STRING found = ours(oracle, &pool, i, keys[j]);
            assert_string_equal(found, expected);
            compared += strlen(found);
        }
    assert_true(compared > pool.count * 50);
}

static bool load(const char *path, struct wb_buffer *bytes)
{
    const char *data = getenv("WAYBILL_TEST_DATA");
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_STRING whole = wb_string_format("%s/%s", data == NULL ? "../shared/data" : data, path);
    bool good = wb_file_read(AT_FDCWD, whole, LIMIT, bytes, &err);
    if (!good)
        print_message("SKIPPED: %s: %s\n", whole, err.message);
    return good;
}

/* ---- rpm ---- */

static bool add_header(void *context, struct wb_bytes bytes, struct wb_error *err)
{
    struct oracle *oracle = context;
    size_t before = oracle->list.count;
    assert_true(before < sizeof oracle->solvables / sizeof oracle->solvables[0]);
    if (!wb_rpm_header_decode(bytes, WB_READ_ALL, oracle->bom, &oracle->list, err))
        return false;
    WB_AUTO_VALUE(wb_rpm_header) header = {0};
    if (oracle->list.count == before || !wb_rpm_header_import(bytes, &header, err))
        return oracle->list.count == before;
    void *handle = FUNCTION(oracle->extension, rpm_byrpmh)(oracle->rpm_state, header.header);
    oracle->solvables[before] = FUNCTION(oracle->extension, repo_add_rpm_handle)(
        oracle->repository, handle, RPM_ADD_NO_FILELIST);
    assert_true(oracle->solvables[before] != 0);
    return true;
}

static void rpm_headers(void **state)
{
    (void)state;
    static const char *const databases[] = {"rpmdb/cbl-mariner-2.0/rpmdb.sqlite",
                                            "rpmdb/sle15-bci/Packages.db"};
    for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++) {
        WB_AUTO_VALUE(wb_buffer) bytes = {0};
        struct wb_error err = WB_ERROR_INIT;
        if (!load(databases[i], &bytes))
            skip();
        struct oracle *oracle = wb_allocate(sizeof *oracle);
        open_oracle(oracle, DISTTYPE_RPM);
        bool is_ndb = wb_rpm_database_detect(wb_buffer_bytes(&bytes)) == WB_RPM_NDB;
        assert_true(is_ndb
                        ? wb_rpm_ndb_read(wb_buffer_bytes(&bytes), add_header, NULL, oracle, &err)
                        : wb_rpm_sqlite_read(wb_buffer_bytes(&bytes), (struct wb_bytes){NULL, 0},
                                             add_header, NULL, oracle, &err));
        assert_true(oracle->list.count > 30);
        compare(oracle, WB_PACKAGE_RPM);
        close_oracle(oracle);
        free(oracle);
    }
}

/* ---- dpkg ---- */

static Id find_solvable(const struct oracle *oracle, const struct wb_package *package)
{
    for (Id id = oracle->repository->start; id < oracle->repository->end; id++) {
        const Solvable *solvable = oracle->pool->solvables + id;
        const char *name = FUNCTION(oracle->core, pool_id2str)(oracle->pool, solvable->name);
        if (strcmp(name, package->name) == 0)
            return id;
    }
    return 0;
}

static void dpkg_status(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    struct wb_error err = WB_ERROR_INIT;
    struct wb_database database = {.path = "var/lib/dpkg/status"};
    if (!load("dpkg/claircore/texlive.status", &bytes))
        skip();
    struct oracle *oracle = wb_allocate(sizeof *oracle);
    open_oracle(oracle, DISTTYPE_DEB);
    assert_true(wb_dpkg_status_read(wb_buffer_bytes(&bytes), false, WB_READ_ALL, 0, oracle->bom,
                                    &database, &oracle->list, &err));
    FILE *file = fmemopen(bytes.data, bytes.size, "r");
    assert_int_equal(FUNCTION(oracle->extension, repo_add_debpackages)(oracle->repository, file, 0),
                     0);
    fclose(file);
    assert_true(oracle->list.count > 300);
    for (size_t i = 0; i < oracle->list.count; i++) {
        oracle->solvables[i] = find_solvable(oracle, oracle->list.packages[i]);
        assert_true(oracle->solvables[i] != 0);
    }
    compare(oracle, WB_PACKAGE_DEB);
    close_oracle(oracle);
    free(oracle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rpm_headers),
        cmocka_unit_test(dpkg_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
