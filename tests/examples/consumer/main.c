/* A program of another project: opens the library. */
#include <sard/sard.h>

int main(void)
{
    sard_context *context;
    if (sard_context_new(NULL, &context, NULL))
        return 1;
    sard_context_free(context);
    return 0;
}
