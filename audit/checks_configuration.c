/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of how a container of the image is run. */
#include "audit/audit_private.h"

#include <inttypes.h>
#include <string.h>

static const struct wb_image_settings *settings_of(const struct wb_audit *audit)
{
    return &audit->view->bom->image->settings;
}

static bool has_configuration(const struct wb_audit *audit)
{
    return audit->view->bom->image->config_digest != NULL;
}

enum wb_audit_state wb_check_user_root(struct wb_audit *audit, const struct wb_audit_check *check)
{
    if (!has_configuration(audit))
        return WB_AUDIT_NOT_APPLICABLE;
    const char *user = settings_of(audit)->user;
    const struct wb_account *account;
    int64_t uid = wb_audit_user(audit, &account);
    if (uid < 0)
        return wb_audit_inconclusive(audit, "USER %s is no account of /etc/passwd", user);
    if (uid == 0 && (user == NULL || user[0] == '\0'))
        wb_audit_add_finding(audit, check, NULL, "no USER is set: it runs as root");
    else if (account != NULL && account->uid < 0)
        wb_audit_add_finding(audit, check, NULL,
                             "the uid of USER %s is none, which runtimes take for 0", user);
    else if (uid == 0)
        wb_audit_add_finding(audit, check, NULL, "USER %s is uid 0", user);
    return wb_audit_outcome(audit);
}

/* ---- ports ---- */

/* The first of `80/tcp` or `8000-8010/udp`. */
static long first_port(const char *text)
{
    long port = 0;
    for (; *text >= '0' && *text <= '9' && port < 100000; text++)
        port = port * 10 + (*text - '0');
    return port;
}

enum wb_audit_state wb_check_privileged_port(struct wb_audit *audit,
                                             const struct wb_audit_check *check)
{
    const struct wb_string_list *ports = &settings_of(audit)->exposed_ports;
    if (ports->count == 0)
        return has_configuration(audit) ? WB_AUDIT_PASSED : WB_AUDIT_NOT_APPLICABLE;
    for (size_t i = 0; i < ports->count; i++)
        if (first_port(ports->items[i]) < 1024)
            wb_audit_add_finding(audit, check, NULL, "port %s is below 1024", ports->items[i]);
    return wb_audit_outcome(audit);
}

static bool is_allowed_port(const struct wb_audit_options *options, const char *port)
{
    for (size_t i = 0; i < options->allowed_port_count; i++) {
        const char *allowed = options->allowed_ports[i];
        size_t size = strlen(allowed);
        if (strcmp(allowed, port) == 0 ||
            (strchr(allowed, '/') == NULL && strncmp(port, allowed, size) == 0 &&
             (port[size] == '\0' || strcmp(port + size, "/tcp") == 0)))
            return true;
    }
    return false;
}

enum wb_audit_state wb_check_unexpected_port(struct wb_audit *audit,
                                             const struct wb_audit_check *check)
{
    const struct wb_string_list *ports = &settings_of(audit)->exposed_ports;
    if (!has_configuration(audit) || audit->options->allowed_port_count == 0)
        return WB_AUDIT_NOT_APPLICABLE;
    for (size_t i = 0; i < ports->count; i++)
        if (!is_allowed_port(audit->options, ports->items[i]))
            wb_audit_add_finding(audit, check, NULL, "port %s is not among those allowed",
                                 ports->items[i]);
    return wb_audit_outcome(audit);
}

/* ---- health, volumes ---- */

enum wb_audit_state wb_check_health_check(struct wb_audit *audit,
                                          const struct wb_audit_check *check)
{
    /* OCI's config has no such member (image-spec 1.1, config.md). */
    const char *type = audit->view->bom->image->config_media_type;
    if (settings_of(audit)->has_health_check)
        return WB_AUDIT_PASSED;
    if (!has_configuration(audit) || (type != NULL && strstr(type, "docker") == NULL))
        return WB_AUDIT_NOT_APPLICABLE;
    wb_audit_add_finding(audit, check, NULL, "nothing tells whether a container still works");
    return wb_audit_outcome(audit);
}

/* `//etc/./` is `etc`, and so is `srv/../etc`. */
static char *plain_path(const char *path)
{
    char *plain = wb_allocate(strlen(path) + 1);
    size_t used = 0;
    for (size_t size; path += strspn(path, "/"), size = strcspn(path, "/"), size > 0;
         path += size) {
        if (size == 2 && memcmp(path, "..", 2) == 0) {
            while (used > 0 && plain[--used] != '/')
                continue;
        } else if (size != 1 || path[0] != '.') {
            if (used > 0)
                plain[used++] = '/';
            memcpy(plain + used, path, size);
            used += size;
        }
        plain[used] = '\0';
    }
    return plain;
}

static bool is_sensitive(const char *path)
{
    static const char *const patterns[] = {"dev",
                                           "dev/**",
                                           "proc",
                                           "proc/**",
                                           "sys",
                                           "sys/**",
                                           "boot",
                                           "etc",
                                           "**/docker.sock",
                                           "**/containerd.sock",
                                           "**/podman.sock",
                                           "**/crio.sock"};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        if (wb_audit_path_matches(patterns[i], path))
            return true;
    return path[0] == '\0';
}

enum wb_audit_state wb_check_volume(struct wb_audit *audit, const struct wb_audit_check *check)
{
    const struct wb_string_list *volumes = &settings_of(audit)->volumes;
    if (!has_configuration(audit))
        return WB_AUDIT_NOT_APPLICABLE;
    for (size_t i = 0; i < volumes->count; i++) {
        WB_AUTO_STRING path = plain_path(volumes->items[i]);
        const struct wb_node *node = wb_audit_lookup(audit, path, true);
        WB_AUTO_VALUE(wb_buffer) target = {0};
        if (node != NULL)
            wb_node_path(node, &target);
        WB_AUTO_STRING led_to = wb_buffer_steal_text(&target);
        if (is_sensitive(path) || (node != NULL && is_sensitive(led_to)))
            wb_audit_add_finding(audit, check, NULL, "volume %s", volumes->items[i]);
    }
    return wb_audit_outcome(audit);
}

/* ---- environment ---- */

enum wb_audit_state wb_check_loader_environment(struct wb_audit *audit,
                                                const struct wb_audit_check *check)
{
    static const char *const others[] = {
        "PYTHONPATH=", "PERL5LIB=",   "RUBYLIB=",          "NODE_OPTIONS=", "BASH_ENV=",
        "ENV=/",       "GCONV_PATH=", "PERL5OPT=",         "RUBYOPT=",      "PYTHONSTARTUP=",
        "PYTHONHOME=", "NODE_PATH=",  "JAVA_TOOL_OPTIONS="};
    const struct wb_string_list *environment = &settings_of(audit)->environment;
    for (size_t i = 0; i < environment->count; i++) {
        const char *variable = environment->items[i];
        bool loader = wb_text_starts_with(variable, "LD_"), other = false;
        for (size_t j = 0; j < sizeof others / sizeof others[0]; j++)
            other = other || wb_text_starts_with(variable, others[j]);
        if (!loader && !other)
            continue;
        struct wb_audit_finding *finding = wb_audit_add_finding(
            audit, check, NULL, "%.*s is set, which makes programs load other code",
            (int)strcspn(variable, "="), variable);
        if (!loader)
            finding->severity = WB_AUDIT_LOW;
    }
    return has_configuration(audit) ? wb_audit_outcome(audit) : WB_AUDIT_NOT_APPLICABLE;
}

/* A directory in which others than root may put programs or libraries. */
static void judge_directory(struct wb_audit *audit, const struct wb_audit_check *check,
                            const char *directory, const char *from)
{
    if (directory[0] != '/') {
        wb_audit_add_finding(audit, check, NULL, "%s has `%s`, which depends on where one is", from,
                             directory);
        return;
    }
    const struct wb_node *node = wb_audit_lookup(audit, directory, true);
    if (node == NULL || node->entry == NULL)
        return;
    const struct wb_entry *entry = node->entry;
    if ((entry->mode & 0002) != 0)
        wb_audit_add_finding(audit, check, directory, "%s has it, and everybody may write to it",
                             from);
    else if (entry->uid != 0 && (entry->mode & 0200) != 0)
        wb_audit_add_finding(audit, check, directory, "%s has it, and uid %u may write to it", from,
                             entry->uid);
}

static void judge_path_variable(struct wb_audit *audit, const struct wb_audit_check *check)
{
    const struct wb_string_list *environment = &settings_of(audit)->environment;
    const char *path = NULL;
    for (size_t i = 0; i < environment->count; i++)
        if (wb_text_starts_with(environment->items[i], "PATH="))
            path = environment->items[i] + strlen("PATH=");
    while (path != NULL) {
        size_t size = strcspn(path, ":");
        WB_AUTO_STRING directory = wb_string_format("%.*s", (int)size, path);
        judge_directory(audit, check, directory, "PATH");
        path = path[size] == '\0' ? NULL : path + size + 1;
    }
}

static void judge_loader_configuration(struct wb_audit *audit, const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        if (file->node->entry->kind != WB_ENTRY_REGULAR ||
            !(wb_audit_path_matches("etc/ld.so.conf", file->path) ||
              wb_audit_path_matches("etc/ld.so.conf.d/*", file->path)))
            continue;
        WB_AUTO_STRING from = wb_string_format("/%s", file->path);
        struct wb_text_line line = {0};
        for (size_t at = 0; wb_audit_next_line(file->node->entry->content, &at, &line);) {
            WB_AUTO_STRING directory = wb_string_format("%.*s", (int)line.size, line.text);
            if (directory[0] == '/')
                judge_directory(audit, check, directory, from);
        }
    }
}

/* Python runs these whenever it starts. */
static void judge_start_files(struct wb_audit *audit, const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        if ((wb_audit_path_matches("**/sitecustomize.py", file->path) ||
             wb_audit_path_matches("**/usercustomize.py", file->path)) &&
            file->node->entry->kind == WB_ENTRY_REGULAR &&
            ((file->node->entry->mode & 0002) != 0 || file->node->entry->uid != 0))
            wb_audit_add_finding(
                audit, check, file->path,
                "Python runs it at every start, and others than root may write it");
    }
}

enum wb_audit_state wb_check_search_path(struct wb_audit *audit, const struct wb_audit_check *check)
{
    judge_path_variable(audit, check);
    judge_loader_configuration(audit, check);
    judge_start_files(audit, check);
    return wb_audit_outcome(audit);
}

/* ---- what it starts ---- */

static void judge_started(struct wb_audit *audit, const struct wb_audit_check *check,
                          const struct wb_string_list *words)
{
    if (words->count == 0)
        return;
    const char *slash = strrchr(words->items[0], '/');
    const char *name = slash == NULL ? words->items[0] : slash + 1;
    for (size_t i = 0; check->patterns[i] != NULL; i++)
        if (strcmp(name, check->patterns[i]) == 0)
            wb_audit_add_finding(audit, check, NULL, "the image starts %s", name)->severity =
                WB_AUDIT_HIGH;
}

enum wb_audit_state wb_check_ssh_server(struct wb_audit *audit, const struct wb_audit_check *check)
{
    wb_check_programs(audit, check);
    judge_started(audit, check, &settings_of(audit)->entry_point);
    judge_started(audit, check, &settings_of(audit)->command);
    return wb_audit_outcome(audit);
}
