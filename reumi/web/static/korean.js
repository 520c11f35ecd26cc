// Streamlit speaks English where it offers no parameter: hints below fields, menus, its connection dialog, and the names that screen readers say.
// This says them in Korean, wherever they appear. What comes from data sets and diaries (stHtml, table cells, what is typed) is never touched.
(() => {
  document.documentElement.lang = "ko";
  if (window.reumiSpeaksKorean) return;
  window.reumiSpeaksKorean = true;

  const SAID = new Map(Object.entries({
    "Press Ctrl+Enter to submit form": "Ctrl+Enter로도 기록할 수 있어요",
    "Press ⌘+Enter to submit form": "⌘+Enter로도 기록할 수 있어요",
    "Press Ctrl+Enter to apply": "Ctrl+Enter로 적용",
    "Press ⌘+Enter to apply": "⌘+Enter로 적용",
    "Press Enter to submit form": "Enter로 기록",
    "Press Enter to apply": "Enter로 적용",
    "Choose an option": "골라 주세요",
    "Choose options": "골라 주세요",
    "No results": "찾는 것이 없어요",
    "Select all": "모두 고르기",
    "Clear all": "모두 지우기",
    "Clear value": "지우기",
    "Clear selection": "고른 것 지우기",
    "Selected values": "고른 것",
    "Multiselect options": "고를 수 있는 것",
    "Selectbox options": "고를 수 있는 것",
    "Open": "펼치기",
    "Close": "닫기",
    "Dismiss": "닫기",
    "Increment": "늘리기",
    "Decrement": "줄이기",
    "Invalid data type": "숫자를 적어 주세요",
    "Number is above the allowed range.": "너무 큰 수예요.",
    "Number is below the allowed range.": "너무 작은 수예요.",
    "Fullscreen": "크게 보기",
    "Close fullscreen": "원래 크기로",
    "Show data": "표로 보기",
    "Show chart": "그림으로 보기",
    "Download as PNG": "PNG로 내려받기",
    "Copy Vega-Lite spec": "그림의 설계(Vega-Lite) 복사",
    "Copied!": "복사했어요",
    "Download as CSV": "CSV로 내려받기",
    "Show/hide columns": "열 보이기·숨기기",
    "Search": "찾기",
    "Type to search": "찾을 말",
    "Close Search": "찾기 닫기",
    "Next Result": "다음 것",
    "Previous Result": "앞의 것",
    "Dataframe column menu": "열 메뉴",
    "Copy column name": "열 이름 복사",
    "Sort ascending": "오름차순",
    "Sort descending": "내림차순",
    "Autosize": "너비 맞추기",
    "Format": "모양",
    "Pin column": "열 고정",
    "Unpin column": "열 고정 풀기",
    "Hide column": "열 숨기기",
    "Statistics": "통계",
    "text": "글",
    "number": "숫자",
    "date": "날짜",
    "(index)": "번호",
    "Values": "값",
    "Distinct": "서로 다른 값",
    "Empty": "빈 값",
    "Minimum": "최솟값",
    "Maximum": "최댓값",
    "Average": "평균",
    "Median": "중앙값",
    "Sum": "합계",
    "Range": "범위",
    "Standard deviation": "표준편차",
    "25th percentile": "25백분위수",
    "75th percentile": "75백분위수",
    "Minimum length": "가장 짧은 길이",
    "Maximum length": "가장 긴 길이",
    "Average length": "평균 길이",
    "Based on sample": "일부에서 셈",
    "No data": "값 없음",
    "No content": "내용 없음",
    "Automatic": "자동",
    "Localized": "우리말 숫자",
    "Plain": "그대로",
    "Compact": "짧게",
    "Dollar": "달러",
    "Euro": "유로",
    "Yen": "엔",
    "Percent": "퍼센트",
    "Scientific": "지수",
    "Accounting": "회계",
    "Distance": "지금부터",
    "Calendar": "달력",
    "Running...": "읽는 중이에요",
    "Stop": "멈추기",
    "Skip to main content": "본문으로 건너뛰기",
    "App pages": "쪽",
    "Sidebar": "옆 메뉴",
    "Expand sidebar": "메뉴 펼치기",
    "Collapse sidebar": "메뉴 접기",
    "Navigate to home page": "첫 쪽으로",
    "Main menu": "메뉴",
    "Rerun": "다시 그리기",
    "Print": "인쇄",
    "Record a screencast": "화면 녹화",
    "Notifications": "알림",
    "Connection error": "연결이 끊겼어요",
    "CONNECTING": "연결하는 중이에요",
    "Connecting": "연결하는 중이에요",
    "Page not found": "그런 쪽은 없어요",
    "The page that you have requested does not seem to exist. Running the app's main page.": "찾으시는 쪽이 없어서 첫 쪽을 열었어요.",
    "Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your terminal:":
      "ReUmi가 아직 켜져 있나요? 멈추었다면 터미널에서 다시 켜 주세요.",
    "streamlit run yourscript.py": "reumi web",
    "Streamlit server is not responding. Are you connected to the internet?": "ReUmi가 대답하지 않아요. 아직 켜져 있는지, 연결되어 있는지 살펴봐 주세요.",
    "Connection timed out.": "연결을 기다리다 그만두었어요.",
    "Unknown error": "까닭을 알 수 없어요",
    "Unknown Error": "까닭을 알 수 없어요",
  }));
  const COUNTED = [
    [/^Select (\d+) matches$/, "찾은 $1개 모두 고르기"],
    [/^(\d+) options? available\.$/, "고를 수 있는 것이 $1개 있어요."],
    [/^Connection failed with status (\d+)/, "연결하지 못했어요. 상태 $1"],
  ];
  // Only in names: as text it may be a song's title.
  const REMOVE = [/^Remove (.+)$/, "$1 빼기"];
  const NAMES = ["aria-label", "title", "placeholder", "alt"];
  const OTHERS = '[data-testid="stHtml"], textarea, canvas, script, style, svg';

  const korean = (words) => SAID.get(words.trim()) ?? COUNTED.reduce((said, rule) => said.replace(...rule), words);
  const speak = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.parentElement?.closest(OTHERS)) return;
      const said = korean(node.data);
      if (said !== node.data) node.data = said;
    } else if (node.nodeType === Node.ELEMENT_NODE && !node.closest('[data-testid="stHtml"], canvas, script, style')) {
      for (const name of NAMES) {
        const words = node.getAttribute(name) ?? "";
        const said = korean(words).replace(...REMOVE);
        if (said !== words) node.setAttribute(name, said);
      }
      node.childNodes.forEach(speak);
    }
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(speak);
      else speak(change.target);
    }
  }).observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: NAMES });
  speak(document.body);
})();
