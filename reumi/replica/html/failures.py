"""Pages that are no data: error pages, block pages, the empty document."""

from __future__ import annotations

_SLOW = (
    "페이지 접속이 지연되고 있습니다.",
    '접근하신 페이지의 <span class="fc_point">사용량이 많아 접속이 지연</span>되고 있습니다.<br />잠시 후 다시 이용해 주시기 바랍니다.',
)
_MISSING = (
    "페이지를 찾을 수 없습니다.",
    '요청하신 페이지를 찾을 수 없습니다.<br /><span class="fc_point">잘못된 경로로 접근</span> 하셨거나, <span class="fc_point">사용할 수 없는 웹사이트 주소</span>입니다.',
)

EMPTY_DOCUMENT = "<html><head></head><body></body></html>"

NOT_ACCEPTABLE = "<html><head><title>406 Not Acceptable</title></head><body><h1>Not Acceptable</h1></body></html>"

BLOCK_PAGE = """<!DOCTYPE html>
<html lang="ko"><head><meta charset="utf-8"/><title>접근 제한 안내</title></head>
<body><div class="wrap_captcha"><h1>비정상적인 접근이 감지되었습니다.</h1>
<p>자동입력 방지를 위해 아래 문자를 입력해 주세요. 접근이 차단된 상태입니다.</p>
<form><img src="/captcha.png" alt="captcha"/><input name="captcha"/><button>확인</button></form></div></body></html>
"""


def overloaded_page() -> str:
    """The body of a server error."""
    return _error_page(_SLOW)


def not_found_page() -> str:
    """The body for an unknown address."""
    return _error_page(_MISSING)


def _error_page(shown: tuple[str, str]) -> str:
    return f"""<!DOCTYPE html>
<html lang="ko">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>
<title>MelOn::음악이 필요한 순간, 멜론</title>
<script>
window.addEventListener('DOMContentLoaded', function(){{
document.getElementById(window.opener ? 'popup_wrap' : 'wrap').style.display = 'block';
}});
</script>
</head>
<body>
<div id="wrap" style="display: none;">
<div id="cont_wrap" class="clfix">
<div id="conts_section" class="pr_none">
<div id="conts">
{_block(shown)}</div>
</div>
</div>
</div>
<div id="popup_wrap" class="popup w560" style="display: none;">
<h1 class="popup_title">페이지 오류 안내</h1>
<div class="popup_cntt">
{_block(_MISSING)}</div>
</div>
</body>
</html>
"""


def _block(shown: tuple[str, str]) -> str:
    return f"""<div class="sys_error">
<p class="txt_emphs">{shown[0]}</p>
<p>{shown[1]}<br />이용에 불편을 드려 대단히 죄송합니다.</p>
<div class="wrap_btn_c line">
<a href="/" title="멜론 홈으로 이동하기 " class="btn btn_emphs_small"><span class="odd_span"><span class="even_span">멜론 홈으로 이동하기</span></span></a>
</div>
</div>
"""
