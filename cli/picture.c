/* Which files are pictures. */
#include "cli/picture.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_picture(const struct dirent *entry)
{
    static const char *const ends[] = {".jpg", ".jpeg", ".png"};
    const size_t n = strlen(entry->d_name);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (n > strlen(ends[i]) && strcasecmp(entry->d_name + n - strlen(ends[i]), ends[i]) == 0)
            return 1;
    return 0;
}

static sard_status list_folder(cli_state *cli, const char *folder, cli_words *out)
{
    struct dirent **entries;
    const int count = scandir(folder, &entries, is_picture, alphasort);
    if (count < 0)
        return sard_fail(&cli->error, SARD_IO, "%s: %s", folder, strerror(errno));
    const bool slash = *folder && folder[strlen(folder) - 1] == '/';
    for (int i = 0; i < count; i++) {
        cli_words_add(cli, out, cli_format(cli, "%s%s%s", folder, slash ? "" : "/", entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    return count ? SARD_OK : sard_fail(&cli->error, SARD_IO, "%s: no .jpg, .jpeg or .png in this folder", folder);
}

sard_status cli_list_pictures(cli_state *cli, const cli_words *files, cli_words *out)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; i < files->count && !status; i++) {
        struct stat s;
        if (stat(files->items[i], &s) == 0 && S_ISDIR(s.st_mode))
            status = list_folder(cli, files->items[i], out);
        else
            cli_words_add(cli, out, files->items[i]);
    }
    return status;
}
