/* Keeps a list's page in the address's hash: sendPage changes the hash, the hash's change loads the fragment. */
var allPaginationObject = [];
function Pagination(url, targetId, navId, pageSize, objName) {
  this.url = url; this.targetId = targetId; this.navId = navId;
  this.pageSize = pageSize; this.objName = objName; this.params = {};
  allPaginationObject.push(this);
}
Pagination.prototype.addParam = function (id, value) { this.params[id] = value; };
Pagination.prototype.sendFirstPage = function () { this.sendPage(1); };
Pagination.prototype.sendPage = function (startIndex) {
  var state = new URLSearchParams();
  for (var key in this.params) { state.append('params[' + key + ']', this.params[key]); }
  state.append('po', this.objName);
  state.append('startIndex', startIndex);
  location.hash = state.toString();
};
Pagination.prototype.requestData = function (startIndex) {
  var self = this, query = new URLSearchParams({ startIndex: startIndex, pageSize: this.pageSize });
  for (var key in this.params) { query.append(key, this.params[key]); }
  this.toggle('none');
  fetch(this.url + '?' + query.toString()).then(function (answer) { return answer.text(); }).then(function (html) {
    REPLICA.insert(document.getElementById(self.targetId), html);
    self.show();
    window.scrollTo(0, 0);
  });
};
Pagination.prototype.show = function () { this.toggle(''); };
Pagination.prototype.toggle = function (display) {
  [this.targetId, this.navId].forEach(function (id) {
    var element = document.getElementById(id);
    if (element) { element.style.display = display || 'block'; }
  });
};
(function () {
  var paged = false;
  function follow() {
    var state = new URLSearchParams(location.hash.replace(/^#/, ''));
    if (!state.get('po')) {
      if (paged) { location.reload(); } else { allPaginationObject.forEach(function (pager) { pager.show(); }); }
      return;
    }
    var pager = allPaginationObject.filter(function (one) { return one.objName === state.get('po'); })[0];
    if (!pager) { return; }
    var params = {};
    state.forEach(function (value, key) {
      var match = /^params\[(.+)\]$/.exec(key);
      if (match) { params[match[1]] = value; }
    });
    pager.params = params;
    pager.requestData(state.get('startIndex') || 1);
    paged = true;
  }
  window.addEventListener('hashchange', follow);
  REPLICA.ready(follow);
})();
