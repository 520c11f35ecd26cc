/* What the pages' inline scripts call: links, like counts, inserted fragments. */
var WEBPOCIMG = {
  defaultAlbumImg: function (image) { image.onerror = null; image.src = '/resource/image/web/default/noAlbum_500.svg'; },
  defaultArtistImg: function (image) { image.onerror = null; image.src = '/resource/image/web/default/noArtist_500.svg'; }
};
function defaultPickArtistImg(image) { WEBPOCIMG.defaultArtistImg(image); }
var melon = {
  link: {
    goSongDetail: function (id) { location.href = '/song/detail.htm?songId=' + id; },
    goAlbumDetail: function (id) { location.href = '/album/detail.htm?albumId=' + id; },
    goArtistDetail: function (id) { location.href = '/artist/detail.htm?artistId=' + id; },
    goMvDetail: function () {}
  },
  play: { playSong: function () {}, addPlayList: function () {}, playFormSong: function () {}, addFormPlayList: function () {}, downForm: function () {} },
  buy: { goBuyProduct: function () {}, popPhoneDecorate: function () {} }
};
var REPLICA = {
  ready: function (call) {
    if (document.readyState === 'loading') { document.addEventListener('DOMContentLoaded', call); } else { call(); }
  },
  addComma: function (number) { return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ','); },
  /* innerHTML leaves scripts asleep; they are woken one by one. */
  insert: function (target, html) {
    target.innerHTML = html;
    target.querySelectorAll('script').forEach(function (asleep) {
      var awake = document.createElement('script');
      awake.textContent = asleep.textContent;
      asleep.replaceWith(awake);
    });
  },
  fillLikes: function (set, listType) {
    REPLICA.ready(function () {
      var buttons = document.querySelectorAll(set.likeObj);
      var ids = Array.prototype.map.call(buttons, function (button) { return button.getAttribute(set.likeAttr); }).join(',');
      if (!ids) { return; }
      fetch(set.likeUrl + '?contsIds=' + encodeURIComponent(ids)).then(function (answer) { return answer.json(); }).then(function (data) {
        /* By position, not by id: the real script does the same. */
        data.contsLike.forEach(function (value, place) {
          var button = buttons[place];
          if (button) { button.innerHTML = set.likeCnt.replace(/\{TXT\}/g, '좋아요').replace(/\{CNT\}/g, REPLICA.addComma(value.SUMMCNT)); }
        });
        REPLICA.shorten(listType === 'CHART' ? 210 : 240);
      }).catch(function () {});
    });
  },
  fillSongLike: function () {
    REPLICA.ready(function () {
      var button = document.getElementById('btnLike');
      if (!button) { return; }
      fetch('/commonlike/getSongLike.json?contsIds=' + button.dataset.songNo).then(function (answer) { return answer.json(); }).then(function (data) {
        data.contsLike.forEach(function (value) { button.querySelector('.cnt').textContent = REPLICA.addComma(value.SUMMCNT); });
      }).catch(function () {});
    });
  },
  /* Long lists of artists get the drop-down. */
  shorten: function (width) {
    document.querySelectorAll('.rank02').forEach(function (names) {
      var drop = names.parentNode.querySelector('.wrap_atist');
      if (drop && names.scrollWidth > width) { drop.style.display = ''; }
    });
  },
  sortBy: function (order) { pageObj.addParam('orderBy', order); pageObj.sendFirstPage(); },
  promote: function (url) {
    fetch(url).then(function (answer) { return answer.text(); }).then(function (html) {
      var first = document.querySelector('#tb_list tbody > tr');
      if (first && html.length > 100) { first.insertAdjacentHTML('beforebegin', html); }
    }).catch(function () {});
  },
  showChart: function () {
    REPLICA.ready(function () {
      var list = document.getElementById('tb_list');
      if (list) { list.style.display = ''; }
      setTimeout(function () { document.querySelectorAll('tr.lst100').forEach(function (row) { row.style.display = ''; }); }, 300);
    });
  }
};
REPLICA.ready(function () {
  document.addEventListener('click', function (event) {
    var button = event.target.closest('button.button_more');
    if (button) { document.querySelector(button.dataset.exposeTarget).classList.add('on'); button.style.display = 'none'; }
  });
});
