/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the dependency resolver share. */
#ifndef WAYBILL_DEPENDENCY_PRIVATE_H
#define WAYBILL_DEPENDENCY_PRIVATE_H

#include "sbom/sbom.h"

#include <solv/pool.h>
#include <solv/repo.h>
#include <stdio.h>

/* ---- libsolv (dependency_library.c) -------------------------------------------------------------
 */

struct headerToken_s; /* librpm's Header */

/* The functions of libsolv that are called. Its inline functions call others by name and cannot be
 * used. */
struct wb_solv_library {
    Pool *(*create)(void);
    void (*free)(Pool *pool);
    int (*set_kind)(Pool *pool, int kind);
    void (*set_installed)(Pool *pool, Repo *repository);
    Repo *(*create_repository)(Pool *pool, const char *name);
    Id (*add_solvables)(Repo *repository, int count);
    Offset (*reserve)(Repo *repository, Offset list, int count);
    Id (*string_id)(Pool *pool, const char *text, int create);
    Id (*relation_id)(Pool *pool, Id name, Id version, int flags, int create);
    void (*add_files)(Pool *pool);
    void (*index_provides)(Pool *pool);
    Id (*find_providers)(Pool *pool, Id id);
    /* NULL until wb_solv_load_readers. */
    Id (*parse_rich)(Pool *pool, const char *text);
    void *(*create_state)(Pool *pool, const char *root);
    void *(*free_state)(void *state);
    void *(*by_header)(void *state, struct headerToken_s *header);
    Id (*add_handle)(Repo *repository, void *handle, int flags);
    int (*add_stanzas)(Repo *repository, FILE *file, int flags);
};

/* WB_SYSTEM where the library or a function is not there. */
bool wb_solv_load(struct wb_solv_library *solv, struct wb_error *err) WB_MUST_CHECK;
/* The readers of rpm headers and of dpkg's stanzas come in a library of their own, which brings a
 * dozen others. */
bool wb_solv_load_readers(struct wb_solv_library *solv, struct wb_error *err) WB_MUST_CHECK;

/* ---- the packages of one kind as libsolv sees them (dependency_pool.c) --------------------------
 */

struct wb_choice;

struct wb_dependency_pool {
    struct wb_solv_library solv;
    struct wb_arena *arena; /* lives as long as the pool */
    const struct wb_rootfs *rootfs;
    enum wb_package_kind kind;
    Pool *pool;
    Repo *repository;
    Id first; /* the solvable of packages[0]; those of the others follow */
    struct wb_package **packages;
    size_t count;
    Id **relations;  /* for each package, of each of its relations; 0: says nothing of packages */
    uint64_t *costs; /* for each package, of comparing what it provides with one version */
    const char *native;        /* the architecture that the system has; "" */
    uint64_t work_left;        /* comparisons that may still be made; 0: given up */
    struct wb_choice *choices; /* those made (dependency_choice.c) */
};

/* Makes a pool of all packages of one kind. Free it after a failure, too. */
bool wb_dependency_pool_fill(struct wb_dependency_pool *pool, const struct wb_bom *bom,
                             const struct wb_rootfs *rootfs, enum wb_package_kind kind,
                             struct wb_error *err) WB_MUST_CHECK;
void wb_dependency_pool_clear(struct wb_dependency_pool *pool);

const char *wb_dependency_text(const struct wb_dependency_pool *pool, Id id); /* of a string */
/* Beside strings, ids stand for relations between them. */
bool wb_dependency_is_relation(Id id);
size_t wb_dependency_relation_index(Id id);
const Reldep *wb_dependency_relation(const struct wb_dependency_pool *pool, Id id);
struct wb_package *wb_dependency_package(const struct wb_dependency_pool *pool, Id solvable);
/* A package that is only half unpacked serves nobody. */
bool wb_dependency_is_there(const struct wb_package *package);

/* Whether a relation says what is wanted or offered, and of packages. */
bool wb_dependency_is_about_packages(const struct wb_dependency_pool *pool,
                                     const struct wb_relation *relation);
/* Of its name and version, as they stand. */
Id wb_dependency_relation_id(struct wb_dependency_pool *pool, const struct wb_relation *relation);
void wb_dependency_set_version(struct wb_dependency_pool *pool, size_t index);

/* Stands for a relation whose id libsolv has not given yet: no relation's index is so high. */
#define WB_DEPENDENCY_PENDING ((Id)-1)
/* Where ids of relations of these kinds (which may be the same) are pending, puts those of the
 * package's solvable, which come in the same order. False: it has fewer. */
bool wb_dependency_take_ids(struct wb_dependency_pool *pool, size_t index,
                            enum wb_relation_kind kind, enum wb_relation_kind other);

/* Adds dpkg packages and fills pool->relations: a stanza at a time, bounded in size, through
 * repo_add_debpackages. (dependency_dpkg.c) */
bool wb_dependency_dpkg_add(struct wb_dependency_pool *pool, struct wb_error *err) WB_MUST_CHECK;
/* Adds rpm packages and fills pool->relations: a header at a time, bounded in size, through
 * rpm_byrpmh. Rich dependencies that nest too deeply stay names that nothing has.
 * (dependency_rpm.c) */
bool wb_dependency_rpm_add(struct wb_dependency_pool *pool, struct wb_error *err) WB_MUST_CHECK;

/* Makes what packages provide known to the pool: names, Provides, and those of their files that
 * some package requires. (dependency_files.c) */
void wb_dependency_files_offer(struct wb_dependency_pool *pool);

/* ---- which package is meant (dependency_choice.c) -----------------------------------------------
 */

/* Takes off the work; false, and from then on, when there is none left. */
bool wb_dependency_work(struct wb_dependency_pool *pool, uint64_t work);
/* Finds what serves packages[index] best for a name, a name with a version, or what one package
 * must be at once (`with`, `without`). False: nothing installed does. *to is NULL when the package
 * itself or a file that belongs to no package does. `qualifier` is dpkg's, or NULL. */
bool wb_dependency_choose(struct wb_dependency_pool *pool, size_t index, Id id,
                          const char *qualifier, struct wb_package **to);
void wb_dependency_choices_clear(struct wb_dependency_pool *pool);

/* ---- rich dependencies (dependency_rich.c) ------------------------------------------------------
 */

/* Whether a name or a condition such as `((a with b) if c)` holds for packages[index]. Adds to
 * `served` the packages that make it so. The depth of conditions is bounded where they are parsed.
 */
bool wb_dependency_holds(struct wb_dependency_pool *pool, size_t index, Id id,
                         struct wb_package_list *served);

#endif
