; Isoloss for one person, without administrator rights. build.py calls makensis with
;   VERSION, VERSION4   of pyproject.toml, as it is and as four numbers
;   LISTS               folder with install.nsh and remove.nsh: every file, one by one
;   ICON, OUT           the .ico, the installer to write
;   SIZE_KB             what Settings, Apps shows
;   SIGN                a shell script that signs the file it is given; none: unsigned
;
; Options:  /S silent   /DESKTOP with a shortcut on the desktop   /D=folder, last, never quoted
; Ends with 0 done, 1 cancelled, 2 failed, 5 Isoloss is running.

Target amd64-unicode
Unicode true
ManifestDPIAware true
ManifestSupportedOS all
SetCompressor /SOLID lzma
SetDateSave off  ; two builds of one source are alike
RequestExecutionLevel user

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh

!define APP "Isoloss"
!define PROGRAM "Isoloss.exe"
!define PROG_ID "Isoloss.Plan"
!define SUFFIX ".isoloss"
!define MIME "application/vnd.isoloss.plan+json"
!define CLASSES "Software\Classes"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${APP}"

Name "${APP}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${APP}"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
BrandingText "${APP} ${VERSION}"
VIProductVersion "${VERSION4}"
VIAddVersionKey /LANG=1033 "ProductName" "${APP}"
VIAddVersionKey /LANG=1033 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "FileDescription" "${APP} installer"
VIAddVersionKey /LANG=1033 "CompanyName" "The Isoloss authors"
VIAddVersionKey /LANG=1033 "LegalCopyright" "Apache-2.0"
!ifdef SIGN
  !finalize 'sh "${SIGN}" "%1"'
  !uninstfinalize 'sh "${SIGN}" "%1"'
!endif

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_NODESC
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "French"
!insertmacro MUI_LANGUAGE "Spanish"
!insertmacro MUI_LANGUAGE "SimpChinese"

LangString RUNNING ${LANG_ENGLISH} "Isoloss is running. Close it, then choose Retry."
LangString RUNNING ${LANG_GERMAN} "Isoloss läuft noch. Bitte schließen, dann auf Wiederholen klicken."
LangString RUNNING ${LANG_FRENCH} "Isoloss est ouvert. Fermez-le, puis choisissez Recommencer."
LangString RUNNING ${LANG_SPANISH} "Isoloss está abierto. Ciérrelo y elija Reintentar."
LangString RUNNING ${LANG_SIMPCHINESE} "Isoloss 正在运行。请先关闭它，然后点击“重试”。"
LangString OLD_STAYS ${LANG_ENGLISH} "The older version could not be removed. Nothing was installed."
LangString OLD_STAYS ${LANG_GERMAN} "Die ältere Version ließ sich nicht entfernen. Nichts wurde installiert."
LangString OLD_STAYS ${LANG_FRENCH} "L'ancienne version n'a pas pu être supprimée. Rien n'a été installé."
LangString OLD_STAYS ${LANG_SPANISH} "No se pudo quitar la versión anterior. No se ha instalado nada."
LangString OLD_STAYS ${LANG_SIMPCHINESE} "无法删除旧版本。未安装任何内容。"
LangString DESKTOP ${LANG_ENGLISH} "Shortcut on the desktop"
LangString DESKTOP ${LANG_GERMAN} "Verknüpfung auf dem Desktop"
LangString DESKTOP ${LANG_FRENCH} "Raccourci sur le bureau"
LangString DESKTOP ${LANG_SPANISH} "Acceso directo en el escritorio"
LangString DESKTOP ${LANG_SIMPCHINESE} "桌面快捷方式"
LangString PLAN ${LANG_ENGLISH} "Isoloss plan"
LangString PLAN ${LANG_GERMAN} "Isoloss-Plan"
LangString PLAN ${LANG_FRENCH} "Plan Isoloss"
LangString PLAN ${LANG_SPANISH} "Plan de Isoloss"
LangString PLAN ${LANG_SIMPCHINESE} "Isoloss 计划"

; A program that runs cannot be opened for writing. Used in both programs, so it is a macro.
!macro REFUSE_WHILE_RUNNING
  ${DoWhile} ${FileExists} "$INSTDIR\${PROGRAM}"
    ClearErrors
    FileOpen $0 "$INSTDIR\${PROGRAM}" a
    ${IfNot} ${Errors}
      FileClose $0
      ${Break}
    ${EndIf}
    ${If} ${Silent}
      SetErrorLevel 5
      Quit
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(RUNNING)" IDRETRY +3
    SetErrorLevel 5
    Quit
  ${Loop}
!macroend

!macro TELL_THE_SHELL
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'  ; SHCNE_ASSOCCHANGED
!macroend

Section "${APP}" SEC_PROGRAM
  SectionIn RO
  !insertmacro REFUSE_WHILE_RUNNING
  ; The older version knows best which files are its own. `_?=` keeps it here and waited for.
  ${If} ${FileExists} "$INSTDIR\uninstall.exe"
    ExecWait '"$INSTDIR\uninstall.exe" /S /UPGRADE _?=$INSTDIR' $0
    ${If} $0 <> 0
      MessageBox MB_OK|MB_ICONSTOP "$(OLD_STAYS)" /SD IDOK
      SetErrorLevel 2
      Quit
    ${EndIf}
  ${EndIf}
  !include "${LISTS}/install.nsh"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortCut "$SMPROGRAMS\${APP}.lnk" "$INSTDIR\${PROGRAM}"

  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${APP}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The Isoloss authors"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\${PROGRAM}"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1

  WriteRegStr HKCU "${CLASSES}\${PROG_ID}" "" "$(PLAN)"
  WriteRegStr HKCU "${CLASSES}\${PROG_ID}\DefaultIcon" "" "$INSTDIR\${PROGRAM},0"
  WriteRegStr HKCU "${CLASSES}\${PROG_ID}\shell\open\command" "" '"$INSTDIR\${PROGRAM}" "%1"'
  ReadRegStr $0 HKCU "${CLASSES}\${SUFFIX}" ""
  ${If} $0 != ""
  ${AndIf} $0 != "${PROG_ID}"
    WriteRegStr HKCU "${CLASSES}\${SUFFIX}" "${APP}.before" "$0"
  ${EndIf}
  WriteRegStr HKCU "${CLASSES}\${SUFFIX}" "" "${PROG_ID}"
  WriteRegStr HKCU "${CLASSES}\${SUFFIX}" "Content Type" "${MIME}"
  WriteRegStr HKCU "${CLASSES}\${SUFFIX}\OpenWithProgids" "${PROG_ID}" ""
  !insertmacro TELL_THE_SHELL
SectionEnd

Section /o "$(DESKTOP)" SEC_DESKTOP
  SetOutPath "$INSTDIR"
  CreateShortCut "$DESKTOP\${APP}.lnk" "$INSTDIR\${PROGRAM}"
SectionEnd

Function .onInit
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DESKTOP" $1
  ${IfNot} ${Errors}
    SectionSetFlags ${SEC_DESKTOP} ${SF_SELECTED}
  ${EndIf}
FunctionEnd

Section "Uninstall"
  !insertmacro REFUSE_WHILE_RUNNING
  !include "${LISTS}/remove.nsh"
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/UPGRADE" $1
  ${IfNot} ${Errors}
    SetErrorLevel 0
    Quit
  ${EndIf}

  Delete "$INSTDIR\uninstall.exe"
  Delete "$SMPROGRAMS\${APP}.lnk"
  Delete "$DESKTOP\${APP}.lnk"
  RMDir "$INSTDIR"  ; only if nothing of the person's own is in it

  ReadRegStr $0 HKCU "${CLASSES}\${PROG_ID}\shell\open\command" ""
  ${If} $0 == '"$INSTDIR\${PROGRAM}" "%1"'
    DeleteRegKey HKCU "${CLASSES}\${PROG_ID}"
    DeleteRegValue HKCU "${CLASSES}\${SUFFIX}\OpenWithProgids" "${PROG_ID}"
    DeleteRegKey /ifempty HKCU "${CLASSES}\${SUFFIX}\OpenWithProgids"
    ReadRegStr $0 HKCU "${CLASSES}\${SUFFIX}" ""
    ReadRegStr $1 HKCU "${CLASSES}\${SUFFIX}" "${APP}.before"
    DeleteRegValue HKCU "${CLASSES}\${SUFFIX}" "${APP}.before"
    ${If} $0 == "${PROG_ID}"
      DeleteRegValue HKCU "${CLASSES}\${SUFFIX}" "Content Type"
      DeleteRegValue HKCU "${CLASSES}\${SUFFIX}" ""
      ${If} $1 != ""
        WriteRegStr HKCU "${CLASSES}\${SUFFIX}" "" "$1"
      ${EndIf}
    ${EndIf}
    ReadRegStr $0 HKCU "${CLASSES}\${SUFFIX}" ""
    ${If} $0 == ""
      DeleteRegKey /ifempty HKCU "${CLASSES}\${SUFFIX}"
    ${EndIf}
    !insertmacro TELL_THE_SHELL
  ${EndIf}
  DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd
