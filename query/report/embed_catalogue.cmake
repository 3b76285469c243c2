# cmake -DFOLDER=DIR -DOUTPUT=FILE.c -P embed_catalogue.cmake: the texts of DIR/*.yaml as one C file, the
# array `report_catalogue_texts` of query/report/catalogue_texts.h, in the order of their names.
file(GLOB files ${FOLDER}/*.yaml)
list(SORT files)
set(arrays "")
set(entries "")
set(number 0)
foreach(file IN LISTS files)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "((0x..,){20})" "\\1\n" bytes "${bytes}")
  get_filename_component(name ${file} NAME)
  string(APPEND arrays "static const unsigned char text_${number}[] = {\n${bytes}\n};\n")
  string(APPEND entries "    {\"${name}\", (const char *)text_${number}, sizeof text_${number}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "/* Made by query/report/embed_catalogue.cmake; do not edit. */
#include \"catalogue_texts.h\"
${arrays}
const ReportText report_catalogue_texts[] = {
${entries}};
const uint32_t report_catalogue_text_count = ${number};
")
