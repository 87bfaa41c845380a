/* SPDX-License-Identifier: Apache-2.0 */
/* Which installed package needs which other: by name, by what packages provide, and by file. */
#include "sbom/sbom.h"

#define uthash_malloc(size) wb_allocate(size)
#include <string.h>
#include <uthash.h>

/* What a name of one architecture means: the package that is called so, and the best of those that
 * provide it. The entry for architecture "" has the best of all architectures. */
struct meaning {
    const char *key;
    struct wb_package *named;
    struct wb_package *provider;
    const struct wb_package *provided_by_self; /* stamped while that package is resolved */
    UT_hash_handle hh;
};

/* A file that some package requires by its path. */
struct wanted_file {
    const char *path;
    struct wb_package *owner;
    UT_hash_handle hh;
};

struct architecture_count {
    const char *key;
    size_t count;
    UT_hash_handle hh;
};

struct resolver {
    struct wb_bom *bom;
    struct wb_arena *arena; /* for the tables */
    struct meaning *meanings;
    struct wanted_file *wanted;
    const char *native[2]; /* the architecture that most packages of a kind have; "" */
    struct wb_buffer key;  /* the one being looked up */
};

/* ---- which package is meant ---- */

static const char *architecture_of(const struct wb_package *package)
{
    return package->architecture == NULL ? "" : package->architecture;
}

/* Packages for every architecture, which serve any other package. */
static bool is_independent(const struct wb_package *package)
{
    const char *architecture = architecture_of(package);
    return strcmp(architecture, "all") == 0 || strcmp(architecture, "noarch") == 0 ||
           *architecture == '\0';
}

/* A package that is only half unpacked serves nobody. */
static bool is_there(const struct wb_package *package)
{
    return package->state == WB_STATE_INSTALLED || package->state == WB_STATE_UNPACKED ||
           package->state == WB_STATE_HALF_CONFIGURED;
}

static int rank(const struct resolver *resolver, const struct wb_package *package)
{
    if (strcmp(architecture_of(package), resolver->native[package->kind]) == 0)
        return 0;
    return is_independent(package) ? 1 : 2;
}

/* Whether `a` is taken before `b`: a fixed order, whatever order the database has. */
static bool comes_first(const struct resolver *resolver, const struct wb_package *a,
                        const struct wb_package *b)
{
    if (b == NULL || a == b)
        return true;
    int order = rank(resolver, a) - rank(resolver, b);
    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(architecture_of(a), architecture_of(b));
    /* Of several versions, as with kernels, the one installed last. */
    if (order == 0)
        order = (a->install_time < b->install_time) - (a->install_time > b->install_time);
    if (order == 0)
        order = strcmp(b->evr, a->evr);
    return order < 0;
}

/* ---- tables ---- */

/* The parts cannot be mistaken for each other: none holds a NUL. */
static void make_key(struct resolver *resolver, enum wb_package_kind kind, const char *name,
                     const char *architecture)
{
    resolver->key.size = 0;
    wb_buffer_append(&resolver->key, kind == WB_PACKAGE_RPM ? "r" : "d", 1);
    wb_buffer_append(&resolver->key, name, strlen(name) + 1);
    wb_buffer_append(&resolver->key, architecture, strlen(architecture));
}

static struct meaning *find_meaning(struct resolver *resolver, enum wb_package_kind kind,
                                    const char *name, const char *architecture)
{
    struct meaning *meaning;
    make_key(resolver, kind, name, architecture);
    HASH_FIND(hh, resolver->meanings, resolver->key.data, (unsigned)resolver->key.size, meaning);
    return meaning;
}

static struct meaning *make_meaning(struct resolver *resolver, enum wb_package_kind kind,
                                    const char *name, const char *architecture)
{
    struct meaning *meaning = find_meaning(resolver, kind, name, architecture);
    if (meaning != NULL)
        return meaning;
    meaning = wb_arena_allocate(resolver->arena, sizeof *meaning);
    meaning->key = wb_arena_copy_bytes(resolver->arena, resolver->key.data, resolver->key.size);
    HASH_ADD_KEYPTR(hh, resolver->meanings, meaning->key, (unsigned)resolver->key.size, meaning);
    return meaning;
}

static void add_meaning(struct resolver *resolver, struct wb_package *package, const char *name,
                        bool is_own_name)
{
    const char *architectures[] = {architecture_of(package), ""};
    for (size_t i = 0; i < 2; i++) {
        struct meaning *meaning = make_meaning(resolver, package->kind, name, architectures[i]);
        struct wb_package **place = is_own_name ? &meaning->named : &meaning->provider;
        if (comes_first(resolver, package, *place))
            *place = package;
    }
}

static void add_package(struct resolver *resolver, struct wb_package *package)
{
    if (!is_there(package))
        return;
    add_meaning(resolver, package, package->name, true);
    for (size_t i = 0; i < package->relation_count; i++)
        if (package->relations[i].kind == WB_RELATION_PROVIDES)
            add_meaning(resolver, package, package->relations[i].name, false);
}

static void find_native(struct resolver *resolver, enum wb_package_kind kind)
{
    struct architecture_count *counts = NULL;
    const struct architecture_count *most = NULL;
    const struct wb_bom *bom = resolver->bom;
    for (size_t i = 0; i < bom->package_count; i++) {
        const struct wb_package *package = bom->packages[i];
        if (package->kind != kind || is_independent(package))
            continue;
        struct architecture_count *count;
        HASH_FIND_STR(counts, package->architecture, count);
        if (count == NULL) {
            count = wb_arena_allocate(resolver->arena, sizeof *count);
            count->key = package->architecture;
            HASH_ADD_KEYPTR(hh, counts, count->key, (unsigned)strlen(count->key), count);
        }
        count->count++;
    }
    for (const struct architecture_count *at = counts; at != NULL; at = at->hh.next)
        if (most == NULL || at->count > most->count ||
            (at->count == most->count && strcmp(at->key, most->key) < 0))
            most = at;
    resolver->native[kind] = most == NULL ? "" : most->key;
    HASH_CLEAR(hh, counts);
}

/* ---- files ---- */

/* Where /bin and its like have become links into /usr, packages still speak of either path. */
static const char *other_path(struct wb_arena *arena, const char *path)
{
    static const char *const merged[] = {"/bin/", "/sbin/", "/lib/", "/lib64/"};
    const char *inside = wb_text_starts_with(path, "/usr/") ? path + strlen("/usr") : path;
    for (size_t i = 0; i < sizeof merged / sizeof merged[0]; i++)
        if (wb_text_starts_with(inside, merged[i]))
            return inside == path ? wb_arena_format(arena, "/usr%s", path) : inside;
    return NULL;
}

static struct wanted_file *find_wanted(const struct resolver *resolver, const char *path)
{
    struct wanted_file *wanted;
    HASH_FIND_STR(resolver->wanted, path, wanted);
    return wanted;
}

static void want_file(struct resolver *resolver, const char *path)
{
    if (path == NULL || find_wanted(resolver, path) != NULL)
        return;
    struct wanted_file *wanted = wb_arena_allocate(resolver->arena, sizeof *wanted);
    wanted->path = path;
    HASH_ADD_KEYPTR(hh, resolver->wanted, wanted->path, (unsigned)strlen(path), wanted);
}

static void note_wanted_files(struct resolver *resolver)
{
    const struct wb_bom *bom = resolver->bom;
    for (size_t i = 0; i < bom->package_count; i++)
        for (size_t j = 0; j < bom->packages[i]->relation_count; j++) {
            const char *name = bom->packages[i]->relations[j].name;
            if (bom->packages[i]->kind != WB_PACKAGE_RPM || name[0] != '/')
                continue;
            want_file(resolver, name);
            want_file(resolver, other_path(resolver->arena, name));
        }
}

static void find_wanted_files(struct resolver *resolver)
{
    note_wanted_files(resolver);
    const struct wb_bom *bom = resolver->bom;
    for (size_t i = 0; i < bom->package_count && resolver->wanted != NULL; i++) {
        struct wb_package *package = bom->packages[i];
        if (package->kind != WB_PACKAGE_RPM || !is_there(package))
            continue;
        for (size_t j = 0; j < package->owned_file_count; j++) {
            struct wanted_file *wanted = find_wanted(resolver, package->owned_files[j].path);
            if (wanted != NULL && comes_first(resolver, package, wanted->owner))
                wanted->owner = package;
        }
    }
}

static struct wb_package *owner_of(struct resolver *resolver, const char *path)
{
    const struct wanted_file *wanted = find_wanted(resolver, path);
    if (wanted != NULL && wanted->owner != NULL)
        return wanted->owner;
    const char *other = other_path(resolver->arena, path);
    wanted = other == NULL ? NULL : find_wanted(resolver, other);
    return wanted == NULL ? NULL : wanted->owner;
}

/* ---- relations ---- */

/* rich dependencies are conditions, of which a name alone says nothing; rpmlib() is about rpm
 * itself. */
static bool names_a_package(const struct wb_package *from, const struct wb_relation *relation)
{
    return from->kind != WB_PACKAGE_RPM ||
           (relation->name[0] != '(' && !wb_text_starts_with(relation->name, "rpmlib("));
}

static bool is_edge_kind(enum wb_relation_kind kind)
{
    return kind == WB_RELATION_DEPENDS || kind == WB_RELATION_PRE_DEPENDS ||
           kind == WB_RELATION_RECOMMENDS;
}

/* dpkg's `:amd64` means that architecture; `:any` and no qualifier prefer the package's own. */
static const char *wanted_architecture(const struct resolver *resolver,
                                       const struct wb_package *from,
                                       const struct wb_relation *relation)
{
    if (relation->architecture != NULL && strcmp(relation->architecture, "any") != 0 &&
        strcmp(relation->architecture, "native") != 0)
        return relation->architecture;
    return is_independent(from) ? resolver->native[from->kind] : architecture_of(from);
}

/* The package that satisfies the relation, which may be `from` itself; NULL when none does. */
static struct wb_package *find_target(struct resolver *resolver, struct wb_package *from,
                                      const struct wb_relation *relation)
{
    const char *name = relation->name;
    const char *independent = from->kind == WB_PACKAGE_RPM ? "noarch" : "all";
    const struct meaning *any = find_meaning(resolver, from->kind, name, "");
    if (any != NULL) {
        const struct meaning *same =
            find_meaning(resolver, from->kind, name, wanted_architecture(resolver, from, relation));
        const struct meaning *all = find_meaning(resolver, from->kind, name, independent);
        const struct meaning *choices[] = {same, all, any};
        for (size_t i = 0; i < 3; i++)
            if (choices[i] != NULL && choices[i]->named != NULL)
                return choices[i]->named;
        if (any->provided_by_self == from)
            return from;
        for (size_t i = 0; i < 3; i++)
            if (choices[i] != NULL && choices[i]->provider != NULL)
                return choices[i]->provider;
    }
    return from->kind == WB_PACKAGE_RPM && name[0] == '/' ? owner_of(resolver, name) : NULL;
}

static void stamp_own_provides(struct resolver *resolver, const struct wb_package *package)
{
    for (size_t i = 0; i < package->relation_count; i++) {
        if (package->relations[i].kind != WB_RELATION_PROVIDES)
            continue;
        struct meaning *meaning =
            find_meaning(resolver, package->kind, package->relations[i].name, "");
        if (meaning != NULL)
            meaning->provided_by_self = package;
    }
}

/* The first alternative of a group that is installed is taken. */
static void resolve_package(struct resolver *resolver, struct wb_package *from)
{
    struct wb_bom *bom = resolver->bom;
    stamp_own_provides(resolver, from);
    const struct wb_relation *satisfied = NULL;
    for (size_t i = 0; i < from->relation_count; i++) {
        const struct wb_relation *relation = &from->relations[i];
        if (!is_edge_kind(relation->kind) || !names_a_package(from, relation))
            continue;
        if (satisfied != NULL && satisfied->group == relation->group &&
            satisfied->kind == relation->kind)
            continue;
        struct wb_package *to = find_target(resolver, from, relation);
        if (to == NULL)
            continue;
        satisfied = relation;
        if (to == from)
            continue;
        struct wb_dependency edge = {.from = from, .to = to, .kind = relation->kind};
        WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, edge);
    }
}

bool wb_dependencies_resolve(struct wb_bom *bom, struct wb_error *err)
{
    (void)err;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct resolver resolver = {.bom = bom, .arena = arena};
    find_native(&resolver, WB_PACKAGE_RPM);
    find_native(&resolver, WB_PACKAGE_DEB);
    for (size_t i = 0; i < bom->package_count; i++)
        add_package(&resolver, bom->packages[i]);
    find_wanted_files(&resolver);
    for (size_t i = 0; i < bom->package_count; i++)
        resolve_package(&resolver, bom->packages[i]);
    HASH_CLEAR(hh, resolver.meanings);
    HASH_CLEAR(hh, resolver.wanted);
    wb_buffer_clear(&resolver.key);
    return true;
}
