# SPDX-License-Identifier: BSD-2-Clause
# cmake -DFILES=LIST -DOUT=HEADER -P version.cmake: the header says what the files of the list contain, in one number.
file(STRINGS ${FILES} files)
set(contents "")
foreach(file ${files})
  file(SHA256 ${file} hash)
  string(APPEND contents ${hash})
endforeach()
string(SHA256 K2_SYNTHESIS "${contents}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/version.h.in ${OUT} @ONLY)
file(TOUCH ${OUT})
