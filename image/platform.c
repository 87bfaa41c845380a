/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms: `os/arch[/variant]` in Go's names. */
#include "image/image_set_private.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* Only what is harmless in a file name too: `{platform}` becomes a part of one. */
static bool component_valid(const char *text, size_t size)
{
    if (size == 0 || size >= sizeof((struct wb_platform *)NULL)->os || text[0] == '.')
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
            strchr("._-", c) == NULL)
            return false;
    }
    return true;
}

static void set_component(char component[32], const char *text)
{
    snprintf(component, 32, "%s", text);
}

/* What machines and people call architectures, in Go's names; the variant is given only where the
 * name implies one. */
static void normalise_architecture(struct wb_platform *platform)
{
    static const struct {
        const char *alias, *architecture, *variant;
    } aliases[] = {
        {"x86_64", "amd64", NULL},  {"x86-64", "amd64", NULL},
        {"aarch64", "arm64", NULL}, {"i386", "386", NULL},
        {"i486", "386", NULL},      {"i586", "386", NULL},
        {"i686", "386", NULL},      {"armhf", "arm", "v7"},
        {"armel", "arm", "v6"},     {"armv8l", "arm", "v8"},
        {"armv7l", "arm", "v7"},    {"armv6l", "arm", "v6"},
        {"armv5tel", "arm", "v5"},  {"loongarch64", "loong64", NULL},
    };
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(platform->architecture, aliases[i].alias) != 0)
            continue;
        set_component(platform->architecture, aliases[i].architecture);
        if (aliases[i].variant != NULL && platform->variant[0] == '\0')
            set_component(platform->variant, aliases[i].variant);
        return;
    }
}

bool wb_platform_parse(const char *text, struct wb_platform *platform, struct wb_error *err)
{
    *platform = (struct wb_platform){0};
    char *const components[] = {platform->os, platform->architecture, platform->variant};
    const char *at = text;
    size_t count = 0;
    for (;;) {
        size_t size = strcspn(at, "/");
        if (count == 3 || !component_valid(at, size))
            return wb_error_set(err, WB_USAGE,
                                "`%s` is not a platform: it is OS/ARCH[/VARIANT], as linux/arm64",
                                text);
        memcpy(components[count++], at, size);
        if (at[size] == '\0')
            break;
        at += size + 1;
    }
    if (count < 2)
        return wb_error_set(err, WB_USAGE,
                            "`%s` states no architecture: a platform is OS/ARCH[/VARIANT], as "
                            "linux/arm64",
                            text);
    normalise_architecture(platform);
    return true;
}

static bool read_component(const json_t *object, const char *key, char component[32],
                           struct wb_error *err)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL || json_is_null(value))
        return true;
    const char *text = json_string_value(value);
    if (text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "`%s` of the platform is not a string", key);
    if (*text == '\0')
        return true;
    if (!component_valid(text, strlen(text)))
        return wb_error_set(err, WB_BAD_INPUT, "`%s` of the platform is malformed: %.64s", key,
                            text);
    set_component(component, text);
    return true;
}

bool wb_platform_read(const json_t *object, struct wb_platform *platform, struct wb_error *err)
{
    *platform = (struct wb_platform){0};
    return read_component(object, "os", platform->os, err) &&
           read_component(object, "architecture", platform->architecture, err) &&
           read_component(object, "variant", platform->variant, err);
}

struct wb_platform wb_platform_host(void)
{
    struct wb_platform platform = {.os = "linux"};
    struct utsname machine;
    if (uname(&machine) == 0 && component_valid(machine.machine, strlen(machine.machine)))
        memcpy(platform.architecture, machine.machine, strlen(machine.machine));
    normalise_architecture(&platform);
    return platform;
}

/* The variant that a platform without one means, and the spellings of the others. */
static void normalise_variant(struct wb_platform *platform)
{
    char *variant = platform->variant;
    bool arm64 = strcmp(platform->architecture, "arm64") == 0;
    bool arm = strcmp(platform->architecture, "arm") == 0;
    if ((arm || arm64) && variant[0] >= '0' && variant[0] <= '9' && variant[1] == '\0') {
        variant[1] = variant[0];
        variant[0] = 'v';
        variant[2] = '\0';
    } else if (variant[0] == '\0' && (arm || arm64)) {
        set_component(variant, arm64 ? "v8" : "v7");
    } else if (strcmp(platform->architecture, "amd64") == 0 && strcmp(variant, "v1") == 0) {
        variant[0] = '\0';
    }
}

bool wb_platform_equal(const struct wb_platform *a, const struct wb_platform *b)
{
    struct wb_platform one = *a, other = *b;
    normalise_architecture(&one);
    normalise_architecture(&other);
    normalise_variant(&one);
    normalise_variant(&other);
    return strcmp(one.os, other.os) == 0 && strcmp(one.architecture, other.architecture) == 0 &&
           strcmp(one.variant, other.variant) == 0;
}

bool wb_platform_matches(const struct wb_platform *wanted, const struct wb_platform *offered)
{
    struct wb_platform any = *wanted;
    normalise_architecture(&any);
    if (any.variant[0] == '\0') {
        struct wb_platform full = *offered;
        normalise_architecture(&full);
        set_component(any.variant, full.variant);
    }
    return wb_platform_equal(&any, offered);
}

char *wb_platform_format(const struct wb_platform *platform, char text[100])
{
    snprintf(text, 100, "%s/%s%s%s", platform->os[0] == '\0' ? "unknown" : platform->os,
             platform->architecture[0] == '\0' ? "unknown" : platform->architecture,
             platform->variant[0] == '\0' ? "" : "/", platform->variant);
    return text;
}
