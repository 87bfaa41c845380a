/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a model of many packages in every format: how long it takes, how much memory, how large
 * the document is. Each format in a process of its own, so that its peak is its own. */
#include "formats/formats.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PACKAGES_DEFAULT 20000
#define PACKAGES_MAX 1000000
#define RELATIONS 6 /* of each package, as Debian's have on average */
#define FILE_EVERY 10

_Noreturn void wb_out_of_memory(size_t requested)
{
    fprintf(stderr, "write_formats: out of memory (%zu bytes)\n", requested);
    exit(WB_SYSTEM);
}

/* ---- the model ---- */

static const char *digest_text(struct wb_bom *bom, size_t number)
{
    return wb_arena_format(bom->arena, "sha256:%064zx", number);
}

static void describe(struct wb_bom *bom)
{
    static const struct wb_image_description image = {
        .reference = "bench", .name = "bench", .platform = {"linux", "amd64", ""}};
    bom->image = &image;
    bom->source_name = "bench";
    bom->source_version = "1";
    bom->content_digest = digest_text(bom, 1);
    bom->tool_version = "0";
    bom->distribution.id = "debian";
    bom->distribution.name = "Debian GNU/Linux";
    bom->distribution.version_id = "12";
    bom->layer_count = 1;
    bom->layers = wb_arena_allocate(bom->arena, sizeof *bom->layers);
    bom->layers[0].blob_digest = digest_text(bom, 2);
    bom->layers[0].diff_id = digest_text(bom, 3);
}

static void add_package(struct wb_bom *bom, size_t number)
{
    struct wb_arena *arena = bom->arena;
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_DEB);
    package->name = wb_arena_format(arena, "lib-package-%zu", number);
    package->version = "1.2.3";
    package->release = wb_arena_format(arena, "%zu", number % 9 + 1);
    package->evr = wb_arena_format(arena, "1.2.3-%s", package->release);
    package->architecture = "amd64";
    package->source_name = wb_arena_format(arena, "package-%zu", number / 3);
    package->source_version = package->evr;
    package->supplier = "Some Maintainers";
    package->supplier_is_person = true;
    package->supplier_email = "maintainers@example.org";
    package->licence = "GPL-2.0-or-later AND MIT AND (Apache-2.0 OR BSD-3-Clause)";
    package->licence_declared = "GPL-2+ and Expat and (Apache-2.0 or BSD-3-clause)";
    package->copyright = "2001-2020 One Author\n2010 Another Author\n1999 A Third";
    package->summary = wb_arena_format(arena, "the library of package %zu", number);
    package->description = "A description of some lines, as packages have them,\nthat says what it"
                           " is good for\nand what it is not.";
    package->homepage = "https://project.example.org/";
    package->section = "libs";
    package->priority = "optional";
    package->installed_size = 12345;
    package->span.introduced = 0;
    package->purl =
        wb_arena_format(arena, "pkg:deb/debian/%s@%s?arch=amd64&distro=debian-12&upstream=%s",
                        package->name, package->evr, package->source_name);
    package->cpes = wb_arena_allocate(arena, sizeof *package->cpes);
    package->cpes[package->cpe_count++] =
        wb_arena_format(arena, "cpe:2.3:a:lib:%s:1.2.3:*:*:*:*:*:*:*", package->name);
    for (unsigned i = 0; i < RELATIONS; i++) {
        WB_AUTO_STRING name = wb_string_format("lib-package-%zu", number / 2 + i);
        struct wb_relation *relation =
            wb_package_add_relation(bom, package, WB_RELATION_DEPENDS, i, name);
        relation->comparison = ">=";
        relation->version = "1.2";
    }
    WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
}

static void add_file(struct wb_bom *bom, size_t number)
{
    struct wb_file_hashes *hashes = wb_arena_allocate(bom->arena, sizeof *hashes);
    hashes->present = WB_FILE_SHA1 | WB_FILE_SHA256;
    memcpy(hashes->sha1, &number, sizeof number);
    memcpy(hashes->sha256, &number, sizeof number);
    struct wb_file *file = wb_arena_allocate(bom->arena, sizeof *file);
    *file = (struct wb_file){
        .path = wb_arena_format(bom->arena, "/opt/application/share/file-%zu", number),
        .mode = 0644,
        .size = number,
        .hashes = hashes,
        .span = {0, -1, -1},
    };
    WB_APPEND(bom->files, bom->file_count, bom->file_capacity, file);
}

static struct wb_bom *make_model(size_t count)
{
    struct wb_bom *bom = wb_bom_new();
    describe(bom);
    for (size_t i = 0; i < count; i++) {
        add_package(bom, i);
        if (i % FILE_EVERY == 0)
            add_file(bom, i);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < RELATIONS && i / 2 + j < i; j++) {
            struct wb_dependency edge = {bom->packages[i], bom->packages[i / 2 + j],
                                         WB_RELATION_DEPENDS};
            WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, edge);
        }
    wb_bom_finish(bom);
    return bom;
}

/* ---- measuring ---- */

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct measurement {
    double seconds;   /* on the clock, which other processes make longer */
    double processor; /* of which this one worked */
    int64_t bytes;
};

/* Standard output is the document; the measurement goes into the pipe. */
static int write_one(const struct wb_format *format, const struct wb_bom *bom, int report)
{
    struct wb_error err = WB_ERROR_INIT;
    FILE *document = tmpfile();
    if (document == NULL || dup2(fileno(document), STDOUT_FILENO) < 0)
        return WB_SYSTEM;
    double start = seconds_of(CLOCK_MONOTONIC);
    double worked = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    WB_AUTO(wb_output) *output = wb_output_open("-", &err);
    if (output == NULL || !format->write(bom, NULL, output, &err) ||
        !wb_output_flush(output, &err)) {
        fprintf(stderr, "write_formats: %s: %s\n", format->name, err.message);
        return WB_SYSTEM;
    }
    struct measurement measured = {.seconds = seconds_of(CLOCK_MONOTONIC) - start,
                                   .processor = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - worked,
                                   .bytes = lseek(STDOUT_FILENO, 0, SEEK_END)};
    return write(report, &measured, sizeof measured) == sizeof measured ? 0 : WB_SYSTEM;
}

static bool measure(const struct wb_format *format, size_t count)
{
    int ends[2];
    struct rusage usage;
    struct measurement measured;
    int status;
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        WB_AUTO(wb_bom) *bom = make_model(count);
        _exit(write_one(format, bom, ends[1]));
    }
    close(ends[1]);
    bool good = child > 0 && read(ends[0], &measured, sizeof measured) == sizeof measured;
    close(ends[0]);
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0 || !good)
        return false;
    printf("| `%s` | %.2f | %.2f | %ld | %.1f |\n", format->name, measured.seconds,
           measured.processor, usage.ru_maxrss / 1024, (double)measured.bytes / 1e6);
    fflush(stdout);
    return true;
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : PACKAGES_DEFAULT;
    size_t format_count;
    const struct wb_format *formats = wb_formats(&format_count);
    bool good = true;
    if (argc > 2 || count <= 0 || count > PACKAGES_MAX) {
        fprintf(stderr, "Usage: write_formats [PACKAGES]\n");
        return WB_USAGE;
    }
    printf("%ld packages; memory is that of the whole process, the model included.\n\n", count);
    printf("| format | seconds | of processor | MiB at most | MB written |\n"
           "| --- | ---: | ---: | ---: | ---: |\n");
    fflush(stdout);
    for (size_t i = 0; i < format_count; i++)
        if (formats[i].write != NULL && !measure(&formats[i], (size_t)count)) {
            fprintf(stderr, "write_formats: %s could not be measured\n", formats[i].name);
            good = false;
        }
    return good ? 0 : WB_CHECK_FAILED;
}
