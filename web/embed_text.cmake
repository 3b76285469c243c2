# cmake -DINPUT=FILE -DOUTPUT=FILE.c -DNAME=name -P embed_text.cmake: writes a file's bytes as a C array
# `const unsigned char name[]` with `const size_t name_size`.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,){20})" "\\1\n" bytes "${bytes}")
get_filename_component(source ${INPUT} NAME)
file(WRITE ${OUTPUT} "/* Made by web/embed_text.cmake of ${source}; do not edit. */
#include <stddef.h>
extern const unsigned char ${NAME}[];
extern const size_t ${NAME}_size;
const unsigned char ${NAME}[] = {
${bytes}
};
const size_t ${NAME}_size = sizeof ${NAME};
")
