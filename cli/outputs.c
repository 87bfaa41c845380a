/* SPDX-License-Identifier: Apache-2.0 */
/* Where documents go. */
#include "cli/outputs.h"

#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLATFORM_MARK "{platform}"

void wb_outputs_help(void)
{
    size_t count;
    const struct wb_format *formats = wb_formats(&count);
    printf("FORMAT is one of\n");
    for (size_t i = 0; i < count; i++) {
        printf("  %-15s %s", formats[i].name, formats[i].description);
        for (size_t j = 0; formats[i].versions != NULL && formats[i].versions[j] != NULL; j++)
            printf("%s@%s", j == 0 ? "; " : ", ", formats[i].versions[j]);
        printf("\n");
    }
}

static bool unknown_format(const struct wb_other_outputs *others, const char *name,
                           struct wb_error *err)
{
    struct wb_buffer names = {0};
    size_t count;
    const struct wb_format *formats = wb_formats(&count);
    for (size_t i = 0; others != NULL && others->names[i] != NULL; i++)
        wb_buffer_append_format(&names, "%s, ", others->names[i]);
    for (size_t i = 0; i < count; i++)
        wb_buffer_append_format(&names, "%s%s", i == 0 ? "" : ", ", formats[i].name);
    WB_AUTO_STRING text = wb_buffer_steal_text(&names);
    return wb_error_set(err, WB_USAGE, "there is no format `%s`; there are %s", name, text);
}

static bool find_other(const struct wb_other_outputs *others, const char *name, size_t *index)
{
    for (size_t i = 0; others != NULL && others->names[i] != NULL; i++)
        if (strcmp(others->names[i], name) == 0) {
            *index = i;
            return true;
        }
    return false;
}

static const char *name_of(const struct wb_outputs *outputs, const struct wb_output_choice *choice)
{
    return choice->format == NULL ? outputs->others->names[choice->other] : choice->format->name;
}

bool wb_outputs_add(struct wb_outputs *outputs, const char *text, struct wb_error *err)
{
    WB_AUTO_STRING name = wb_string_copy(text);
    char *equals = strchr(name, '=');
    const char *path = "-";
    if (equals != NULL) {
        *equals = '\0';
        path = equals + 1;
        if (*path == '\0')
            return wb_error_set(err, WB_USAGE, "-o %s: no file behind the `=`", text);
    }
    struct wb_output_choice choice = {0};
    if (!find_other(outputs->others, name, &choice.other)) {
        choice.format = wb_format_find(name, &choice.version);
        if (choice.format == NULL)
            return unknown_format(outputs->others, name, err);
    }
    choice.path = wb_string_copy(path);
    WB_APPEND(outputs->choices, outputs->choice_count, outputs->choice_capacity, choice);
    return true;
}

/* The file that a path means, however it is spelled: its directory without symlinks and its name,
 * which need not be there yet. */
static char *file_meant(const char *path)
{
    char *whole = realpath(path, NULL);
    if (whole != NULL)
        return whole;
    const char *slash = strrchr(path, '/');
    WB_AUTO_STRING directory =
        slash == NULL ? wb_string_copy(".") : wb_string_format("%.*s/", (int)(slash - path), path);
    WB_AUTO_STRING resolved = realpath(directory, NULL);
    return resolved == NULL ? wb_string_copy(path)
                            : wb_string_format("%s/%s", resolved, slash == NULL ? path : slash + 1);
}

static bool same_place(const char *one, const char *other)
{
    bool to_stdout = strcmp(one, "-") == 0;
    if (to_stdout || strcmp(other, "-") == 0)
        return to_stdout && strcmp(other, "-") == 0;
    WB_AUTO_STRING one_meant = file_meant(one);
    WB_AUTO_STRING other_meant = file_meant(other);
    return strcmp(one_meant, other_meant) == 0;
}

bool wb_outputs_check(struct wb_outputs *outputs, bool several_images, struct wb_error *err)
{
    outputs->several_images = several_images;
    for (size_t i = 0; i < outputs->choice_count; i++) {
        const struct wb_output_choice *choice = &outputs->choices[i];
        bool to_stdout = strcmp(choice->path, "-") == 0;
        if (several_images && to_stdout && strcmp(name_of(outputs, choice), "table") != 0)
            return wb_error_set(err, WB_USAGE,
                                "--all-platforms makes several documents: give a file, as in "
                                "-o %s=sbom-{platform}.json",
                                name_of(outputs, choice));
        for (size_t j = 0; j < i; j++)
            if (same_place(outputs->choices[j].path, choice->path))
                return wb_error_set(err, WB_USAGE, "two documents cannot both go to %s",
                                    to_stdout ? "standard output" : choice->path);
    }
    return true;
}

bool wb_outputs_choose(struct wb_outputs *outputs, char *const *texts, const char *command,
                       struct wb_error *err)
{
    size_t count = wb_options_list_count(texts);
    if (count == 0)
        return wb_error_set(err, WB_USAGE, "-o FORMAT is missing; `%s --help` shows examples",
                            command);
    for (size_t i = 0; i < count; i++)
        if (!wb_outputs_add(outputs, texts[i], err))
            return false;
    return wb_outputs_check(outputs, false, err);
}

static char *platform_name(const struct wb_image_description *image)
{
    char text[100];
    char *name = wb_string_copy(wb_platform_format(&image->platform, text));
    for (char *at = name; *at != '\0'; at++)
        if (*at == '/')
            *at = '-';
    return name;
}

static char *path_for(const struct wb_outputs *outputs, const char *path,
                      const struct wb_image_description *image)
{
    const char *mark = strstr(path, PLATFORM_MARK);
    if (strcmp(path, "-") == 0 || (mark == NULL && !outputs->several_images))
        return wb_string_copy(path);
    WB_AUTO_STRING platform = platform_name(image);
    if (mark != NULL)
        return wb_string_format("%.*s%s%s", (int)(mark - path), path, platform,
                                mark + strlen(PLATFORM_MARK));
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    /* A dot at the beginning hides a file and starts no extension. */
    const char *dot = name[0] == '\0' ? NULL : strchr(name + 1, '.');
    size_t before = dot == NULL ? strlen(path) : (size_t)(dot - path);
    return wb_string_format("%.*s-%s%s", (int)before, path, platform, path + before);
}

static bool write_choice(const struct wb_outputs *outputs, const struct wb_output_choice *choice,
                         const struct wb_bom *bom, struct wb_output *output, struct wb_error *err)
{
    if (choice->format != NULL)
        return choice->format->write(bom, choice->version, output, err);
    outputs->others->write(outputs->others->context, choice->other, output);
    return true;
}

static bool write_one(struct wb_outputs *outputs, const struct wb_output_choice *choice,
                      const struct wb_bom *bom, struct wb_error *err)
{
    WB_AUTO_STRING path = path_for(outputs, choice->path, bom->image);
    for (size_t i = 0; i < outputs->path_count; i++)
        if (strcmp(outputs->pending_paths[i], path) == 0 && strcmp(path, "-") != 0)
            return wb_error_set(err, WB_BAD_INPUT,
                                "two images of the index would both be written to %s", path);
    WB_AUTO(wb_output) *output = wb_output_open(path, err);
    if (output == NULL)
        return false;
    if (!write_choice(outputs, choice, bom, output, err) || !wb_output_flush(output, err))
        return wb_error_context(err, "%s", strcmp(path, "-") == 0 ? "standard output" : path);
    WB_APPEND(outputs->pending, outputs->pending_count, outputs->pending_capacity,
              WB_STEAL(output));
    WB_APPEND(outputs->pending_paths, outputs->path_count, outputs->path_capacity, WB_STEAL(path));
    return true;
}

bool wb_outputs_write(struct wb_outputs *outputs, const struct wb_bom *bom, struct wb_error *err)
{
    /* Standard output cannot be taken back: it comes last. */
    for (int to_stdout = 0; to_stdout <= 1; to_stdout++)
        for (size_t i = 0; i < outputs->choice_count; i++)
            if ((strcmp(outputs->choices[i].path, "-") == 0) == (to_stdout == 1) &&
                !write_one(outputs, &outputs->choices[i], bom, err))
                return false;
    return true;
}

bool wb_outputs_commit(struct wb_outputs *outputs, struct wb_error *err)
{
    for (size_t i = 0; i < outputs->pending_count; i++)
        if (!wb_output_commit(outputs->pending[i], err))
            return wb_error_context(err, "%s", outputs->pending_paths[i]);
    return true;
}

void wb_outputs_clear(struct wb_outputs *outputs)
{
    for (size_t i = 0; i < outputs->choice_count; i++)
        free(outputs->choices[i].path);
    free(outputs->choices);
    for (size_t i = 0; i < outputs->pending_count; i++)
        wb_output_free(outputs->pending[i]);
    for (size_t i = 0; i < outputs->path_count; i++)
        free(outputs->pending_paths[i]);
    free(outputs->pending);
    free(outputs->pending_paths);
    *outputs = (struct wb_outputs){0};
}
